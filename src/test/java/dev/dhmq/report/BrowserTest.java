package dev.dhmq.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report as a real browser paints it. Skipped where none is on the PATH. */
class BrowserTest {
    private static final int WIDTH = 1280;
    private static final int HEIGHT = 3000;

    @TempDir
    Path folder;

    private Optional<Browser> browser = Optional.empty();

    @BeforeEach
    void find() {
        browser = Browser.find(folder);
        assumeTrue(browser.isPresent(), "Skipped: there is no chromium or chrome on the PATH.");
    }

    private Path report() {
        Path page = folder.resolve("report.html");
        HtmlReport.write(page, Samples.everything(folder));
        return page;
    }

    private Browser.Painted paint(Path page, int width, int height, boolean dark)
            throws IOException, InterruptedException {
        return browser.orElseThrow().paint(page, width, height, dark);
    }

    /** How many pixels have each colour. */
    private static Map<Integer, Integer> colours(BufferedImage picture) {
        Map<Integer, Integer> colours = new HashMap<>();
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                colours.merge(picture.getRGB(x, y) & 0xFFFFFF, 1, Integer::sum);
            }
        }
        return colours;
    }

    /** Mean of red, green and blue over all pixels, 0 to 255. */
    private static double brightness(Map<Integer, Integer> colours) {
        double sum = 0;
        long pixels = 0;
        for (Map.Entry<Integer, Integer> entry : colours.entrySet()) {
            int colour = entry.getKey();
            sum += (double) entry.getValue() * ((colour >> 16) + (colour >> 8 & 0xFF) + (colour & 0xFF)) / 3.0;
            pixels += entry.getValue();
        }
        return sum / pixels;
    }

    @Test
    void itIsPaintedLightAndDarkWithoutComplaints() throws IOException, InterruptedException {
        Path page = report();
        Map<Integer, Integer> light = coloursOfWholePage(page, false);
        Map<Integer, Integer> dark = coloursOfWholePage(page, true);
        // The sheet's blue and orange, of bars and points, in either mode.
        assertThat(light).containsKeys(0x0072B2, 0xD55E00);
        assertThat(dark).containsKeys(0x4BA3E3, 0xF2813A);
        assertThat(brightness(light)).isGreaterThan(200);
        assertThat(brightness(dark)).isLessThan(80);
    }

    private Map<Integer, Integer> coloursOfWholePage(Path page, boolean dark) throws IOException, InterruptedException {
        Browser.Painted painted = paint(page, WIDTH, HEIGHT, dark);
        assertThat(painted.console()).isEmpty();
        assertThat(painted.picture().getWidth()).isEqualTo(WIDTH);
        Map<Integer, Integer> colours = colours(painted.picture());
        // Letters alone have shades between ink and paper; a blank page has one colour.
        assertThat(colours.size()).as("colours in the picture").isGreaterThan(200);
        int most = colours.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
        assertThat(most).as("pixels of the commonest colour").isLessThan(WIDTH * HEIGHT * 95 / 100);
        return colours;
    }

    @Test
    void aNarrowWindowShowsThePageAndNotItsLeftEdge() throws IOException, InterruptedException {
        Path page = folder.resolve("probe.html");
        // Says how wide the page would like to be; a page that fits is as wide as its window.
        String html = HtmlReport.html(Samples.everything(folder));
        String policy = "default-src &#39;none&#39;; ";
        assertThat(html).contains(policy, "</body>");
        Files.writeString(
                page,
                html.replace(policy, policy + "script-src &#39;unsafe-inline&#39;; ")
                        .replace(
                                "</body>",
                                "<script>console.log('overhang ' + (document.documentElement.scrollWidth"
                                        + " - document.documentElement.clientWidth))</script></body>"));
        Browser.Painted painted = paint(page, 500, 900, false);
        assertThat(painted.console()).hasSize(1).first().asString().contains("overhang 0\"");
    }

    /** The console's silence means something: a page that does what a report must not is heard. */
    @Test
    void aPageThatRunsScriptsOrAsksTheNetworkIsHeard() throws IOException, InterruptedException {
        String html = HtmlReport.html(Samples.everything(folder));
        String bad = "<script>document.title = 'run'</script><img src=\"http://localhost:1/x.png\" alt=\"\"/>";
        Path page = folder.resolve("bad.html");
        Files.writeString(page, html.replace("</body>", bad + "</body>"));
        assertThat(paint(page, 500, 500, false).console())
                .hasSize(2)
                .anyMatch(line -> line.contains("localhost:1"))
                .anyMatch(line -> line.contains("script"));
    }
}
