package dev.dhmq.examples;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.dhmq.InvalidInputException;
import dev.dhmq.detect.DetectionsJson;
import dev.dhmq.detect.Detector;
import dev.dhmq.detect.DetectorSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Answers photographs that are POSTed to {@code /detect} with the objects in them as JSON. Photographs beyond the size limit,
 * requests beyond the number that may wait, and those that take too long to send or to answer are refused, each with a status
 * of its own and one sentence.
 */
public final class DetectionServer implements AutoCloseable {
    private static final Logger LOG = System.getLogger(DetectionServer.class.getName());

    private final Detector detector;
    private final Limits limits;
    private final Semaphore places;
    private final HttpServer server;
    private final ExecutorService handlers = Executors.newVirtualThreadPerTaskExecutor();
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();

    /**
     * What one client may ask of the others.
     *
     * @param bytes of a photograph's file
     * @param requests served or waiting at the same time
     * @param time for receiving a photograph and finding what is in it
     */
    public record Limits(int bytes, int requests, Duration time) {
        /** 10 MB, 16 requests, 20 seconds. */
        public static final Limits USUAL = new Limits(10_000_000, 16, Duration.ofSeconds(20));
    }

    /** What a client is told. */
    private record Answer(int status, String type, String text) {
        static Answer refusal(int status, String sentence) {
            return new Answer(status, "text/plain; charset=utf-8", sentence + "\n");
        }
    }

    /**
     * Starts serving on the loopback address.
     *
     * @param detector outlives the server
     * @param port 0 for any that is free
     */
    public DetectionServer(Detector detector, int port, Limits limits) throws IOException {
        this.detector = detector;
        this.limits = limits;
        this.places = new Semaphore(limits.requests());
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/", this::handle);
        server.setExecutor(handlers);
        server.start();
    }

    /** Arguments: the detector's folder and the port. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        // The JDK's server waits for request lines and headers on its own; read once, when its classes are loaded.
        System.setProperty("sun.net.httpserver.maxReqTime", "20");
        System.setProperty("sun.net.httpserver.maxRspTime", "20");
        DetectorSettings settings =
                DetectorSettings.DEFAULT.withMinimumScore(0.3).withMaximumPixels(25_000_000);
        try (Detector detector = Detector.open(Path.of(arguments[0]), settings)) {
            detector.warmUp();
            try (DetectionServer server = new DetectionServer(detector, Integer.parseInt(arguments[1]), Limits.USUAL)) {
                System.out.println("Listening on port " + server.port() + ".");
                Thread.currentThread().join();
            }
        }
    }

    /** The port that is served. */
    public int port() {
        return server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!places.tryAcquire()) {
                exchange.getResponseHeaders().set("Retry-After", "1");
                send(exchange, Answer.refusal(503, "Too many photographs are waiting; try again."));
                return;
            }
            // In a thread of its own, so that a client that sends nothing holds up nobody for longer than the limit.
            Future<Answer> work = workers.submit(() -> answer(exchange));
            try {
                send(exchange, inTime(work));
            } finally {
                // Also closes the connection where the work still reads from it, so only after the client was told.
                work.cancel(true);
                places.release();
            }
        }
    }

    private Answer inTime(Future<Answer> work) {
        try {
            return work.get(limits.time().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return Answer.refusal(408, "The photograph took too long; send a smaller one, or try again.");
        } catch (InterruptedException e) { // the server is being closed
            Thread.currentThread().interrupt();
            return Answer.refusal(503, "The server is closing.");
        } catch (ExecutionException e) {
            LOG.log(Logger.Level.ERROR, "A photograph was not answered.", e);
            return Answer.refusal(500, "The server failed at this photograph.");
        }
    }

    private Answer answer(HttpExchange exchange) throws IOException {
        if (!exchange.getRequestURI().getPath().equals("/detect")) {
            return Answer.refusal(404, "There is only /detect here.");
        }
        if (!exchange.getRequestMethod().equals("POST")) {
            exchange.getResponseHeaders().set("Allow", "POST");
            return Answer.refusal(405, "POST a JPEG or PNG photograph.");
        }
        byte[] photograph = exchange.getRequestBody().readNBytes(limits.bytes() + 1);
        if (photograph.length > limits.bytes()) {
            return Answer.refusal(413, "A photograph may have at most " + limits.bytes() + " bytes.");
        }
        try {
            return new Answer(200, "application/json", DetectionsJson.text(detector.detect(photograph)) + "\n");
        } catch (InvalidInputException e) {
            return Answer.refusal(400, String.valueOf(e.getMessage()));
        } catch (CancellationException e) { // told as too late, if anybody still listens
            return Answer.refusal(408, "The photograph took too long.");
        }
    }

    private static void send(HttpExchange exchange, Answer answer) throws IOException {
        byte[] body = answer.text().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", answer.type());
        if (answer.status() != 200) {
            // What is left of the request is not read, so the connection cannot be used again.
            exchange.getResponseHeaders().set("Connection", "close");
        }
        exchange.sendResponseHeaders(answer.status(), body.length);
        // Not closed here: closing would first read what is left of the request, for which a slow client can be waited
        // for long.
        OutputStream out = exchange.getResponseBody();
        out.write(body);
        out.flush();
    }

    /** Refuses new requests and waits at most a second for those that are served. */
    @Override
    public void close() {
        server.stop(1);
        handlers.shutdownNow();
        workers.shutdownNow();
    }
}
