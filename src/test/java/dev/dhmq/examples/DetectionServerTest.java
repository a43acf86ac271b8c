package dev.dhmq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dhmq.Progress;
import dev.dhmq.data.SceneWriter;
import dev.dhmq.data.SyntheticScenes;
import dev.dhmq.detect.DetectionEngine;
import dev.dhmq.detect.DetectionsJson;
import dev.dhmq.detect.Detector;
import dev.dhmq.detect.DetectorSettings;
import dev.dhmq.detect.SureDetector;
import dev.dhmq.model.Detection;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.Sample;
import dev.dhmq.model.TinyDetector;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The server on a tiny detector, asked by good clients and bad ones. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DetectionServerTest {
    private final HttpClient client = HttpClient.newHttpClient();
    private List<byte[]> photographs = List.of();
    private Path model = Path.of("");

    @BeforeAll
    void make(@TempDir Path folder) throws IOException {
        model = SureDetector.save("retinanet", folder.resolve("model"));
        SceneWriter.write(folder, new SyntheticScenes(3, 96, 64).samples(0, 3), Progress.NONE);
        List<byte[]> read = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            read.add(Files.readAllBytes(SceneWriter.images(folder).resolve("scene_0000" + i + ".png")));
        }
        photographs = read;
    }

    @AfterAll
    void close() {
        client.close();
    }

    private Detector open() {
        return Detector.open(model, DetectorSettings.DEFAULT.withThreads(1).withMinimumScore(0.2));
    }

    private static HttpRequest post(DetectionServer server, byte[] body) {
        return HttpRequest.newBuilder(uri(server, "/detect"))
                .POST(BodyPublishers.ofByteArray(body))
                .build();
    }

    private static URI uri(DetectionServer server, String path) {
        String host = InetAddress.getLoopbackAddress().getHostAddress();
        return URI.create("http://" + host + ":" + server.port() + path);
    }

    private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        return client.send(request, BodyHandlers.ofString());
    }

    @Test
    void manyClientsGetWhatTheDetectorFinds() throws IOException {
        try (Detector detector = open();
                DetectionServer server = new DetectionServer(
                        detector, 0, new DetectionServer.Limits(100_000, 100, Duration.ofMinutes(2)))) {
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                answers.add(client.sendAsync(post(server, photographs.get(i % 3)), BodyHandlers.ofString()));
            }
            for (int i = 0; i < answers.size(); i++) {
                HttpResponse<String> answer = answers.get(i).join();
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
                assertThat(answer.body().strip())
                        .isEqualTo(DetectionsJson.text(detector.detect(photographs.get(i % 3))));
            }
            JsonNode found =
                    new ObjectMapper().readTree(answers.getFirst().join().body());
            assertThat(found).isNotEmpty();
            assertThat(found.at("/0/box")).hasSize(4);
        }
    }

    @Test
    void rubbishIsRefusedAndTheNextClientServed() throws IOException, InterruptedException {
        DetectionServer.Limits limits = new DetectionServer.Limits(100_000, 4, Duration.ofMinutes(2));
        try (Detector detector = open();
                DetectionServer server = new DetectionServer(detector, 0, limits)) {
            Random random = new Random(5);
            for (int i = 0; i < 40; i++) {
                byte[] rubbish = new byte[random.nextInt(2000)];
                random.nextBytes(rubbish);
                assertThat(send(post(server, rubbish)).statusCode()).isEqualTo(400);
                byte[] damaged = photographs.get(0).clone();
                damaged[8 + random.nextInt(100)] ^= 1;
                assertThat(send(post(server, damaged)).statusCode()).isIn(200, 400);
                byte[] cut = Arrays.copyOf(photographs.get(1), 8 + random.nextInt(1000));
                HttpResponse<String> refused = send(post(server, cut));
                assertThat(refused.statusCode()).isEqualTo(400);
                assertThat(refused.body()).startsWith("The picture cannot be decoded");
            }
            assertThat(send(post(server, new byte[100_001])).statusCode()).isEqualTo(413);
            assertThat(send(HttpRequest.newBuilder(uri(server, "/detect")).build())
                            .statusCode())
                    .isEqualTo(405);
            assertThat(send(HttpRequest.newBuilder(uri(server, "/../etc/passwd"))
                                    .build())
                            .statusCode())
                    .isEqualTo(404);
            speak(server, "\0\1\2 nonsense\r\n\r\n");
            speak(server, "POST /detect HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n");
            assertThat(send(post(server, photographs.get(0))).statusCode()).isEqualTo(200);
        }
    }

    /** Says something that is no proper request, and hangs up. */
    private static void speak(DetectionServer server, String words) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
                OutputStream out = socket.getOutputStream()) {
            out.write(words.getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    @Test
    void moreThanMayWaitAreRefused() throws IOException, InterruptedException {
        DetectionServer.Limits limits = new DetectionServer.Limits(100_000, 1, Duration.ofMinutes(2));
        WaitingEngine engine = new WaitingEngine();
        try (Detector detector = Detector.on(engine, DetectorSettings.DEFAULT);
                DetectionServer server = new DetectionServer(detector, 0, limits)) {
            CompletableFuture<HttpResponse<String>> first =
                    client.sendAsync(post(server, photographs.get(0)), BodyHandlers.ofString());
            engine.awaitCall();
            HttpResponse<String> refused = send(post(server, photographs.get(0)));
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).contains("1");
            engine.goOn();
            assertThat(first.join().statusCode()).isEqualTo(200);
        }
    }

    @Test
    void photographsThatTakeTooLongAreGivenUp() throws IOException, InterruptedException {
        DetectionServer.Limits limits = new DetectionServer.Limits(100_000, 1, Duration.ofMillis(300));
        WaitingEngine engine = new WaitingEngine();
        try (Detector detector = Detector.on(engine, DetectorSettings.DEFAULT);
                DetectionServer server = new DetectionServer(detector, 0, limits)) {
            HttpResponse<String> given = send(post(server, photographs.get(0)));
            assertThat(given.statusCode()).isEqualTo(408);
            assertThat(given.body()).contains("took too long");
            engine.goOn();
            servedAfterAWhile(server);
        }
    }

    @Test
    void clientsThatSendNothingAreSentAway() throws IOException, InterruptedException {
        DetectionServer.Limits limits = new DetectionServer.Limits(100_000, 1, Duration.ofMillis(300));
        WaitingEngine engine = new WaitingEngine();
        engine.goOn();
        try (Detector detector = Detector.on(engine, DetectorSettings.DEFAULT);
                DetectionServer server = new DetectionServer(detector, 0, limits);
                Socket slow = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            slow.getOutputStream()
                    .write("POST /detect HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nabc"
                            .getBytes(StandardCharsets.ISO_8859_1));
            slow.getOutputStream().flush();
            String told = new String(slow.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(told).startsWith("HTTP/1.1 408").contains("took too long");
            servedAfterAWhile(server);
        }
    }

    /** The place of the one before may be free a moment later, and a busy machine may take longer than the limit. */
    private void servedAfterAWhile(DetectionServer server) throws IOException, InterruptedException {
        int status = 0;
        for (int i = 0; i < 100 && status != 200; i++) {
            status = send(post(server, photographs.get(0))).statusCode();
        }
        assertThat(status).isEqualTo(200);
    }

    /** Finds nothing, and not before it is told to go on. */
    private static final class WaitingEngine implements DetectionEngine {
        private final CountDownLatch called = new CountDownLatch(1);
        private final CountDownLatch release = new CountDownLatch(1);

        void awaitCall() throws InterruptedException {
            called.await();
        }

        void goOn() {
            release.countDown();
        }

        @Override
        public DetectorConfig config() {
            return TinyDetector.config();
        }

        @Override
        public String description() {
            return "an engine that waits";
        }

        @Override
        public List<List<Detection>> detect(List<Sample> batch) {
            called.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("Interrupted.");
            }
            return batch.stream().map(_ -> List.<Detection>of()).toList();
        }

        @Override
        public void close() {}
    }
}
