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

    /** Mean of red, green and blue over the whole picture, 0 to 255. */
    private static double brightness(BufferedImage picture) {
        double[] sum = {0};
        colours(picture).forEach((colour, count) ->
                sum[0] += count / 3.0 * ((colour >> 16) + (colour >> 8 & 0xFF) + (colour & 0xFF)));
        return sum[0] / picture.getWidth() / picture.getHeight();
    }

    @Test
    void itIsPaintedLightAndDarkWithoutComplaints() throws IOException, InterruptedException {
        Path page = report();
        Browser.Painted light = paint(page, 1280, 5000, false);
        Browser.Painted dark = paint(page, 1280, 5000, true);
        for (Browser.Painted painted : new Browser.Painted[] {light, dark}) {
            assertThat(painted.console()).isEmpty();
            assertThat(painted.picture().getWidth()).isEqualTo(1280);
            Map<Integer, Integer> colours = colours(painted.picture());
            assertThat(colours.size()).as("colours in the picture").isGreaterThan(200);
            int most = colours.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
            assertThat(most).as("pixels of the commonest colour").isLessThan(1280 * 5000 * 95 / 100);
        }
        // The sheet's bars: pixels of its blue and its green, in either mode.
        assertThat(colours(light.picture())).containsKeys(0x0072B2, 0x009E73);
        assertThat(colours(dark.picture())).containsKeys(0x4BA3E3, 0x2FC598);
        assertThat(brightness(light.picture())).isGreaterThan(200);
        assertThat(brightness(dark.picture())).isLessThan(80);
    }

    @Test
    void aNarrowWindowShowsThePageAndNotItsLeftEdge() throws IOException, InterruptedException {
        Path page = folder.resolve("probe.html");
        // Says how wide the page would like to be; a page that fits is as wide as its window.
        String html = HtmlReport.html(Samples.everything(folder));
        String policy = "default-src 'none'; ";
        assertThat(html).contains(policy, "</body>");
        Files.writeString(
                page,
                html.replace(policy, "default-src 'none'; script-src 'unsafe-inline'; ")
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
        String bad = "<script>document.title = 'run'</script><p onclick=\"run()\">x</p>"
                + "<img src=\"http://localhost:1/x.png\" alt=\"\"/>";
        Path page = folder.resolve("bad.html");
        Files.writeString(page, html.replace("</body>", bad + "</body>"));
        assertThat(paint(page, 500, 500, false).console())
                .hasSizeGreaterThanOrEqualTo(3)
                .anyMatch(line -> line.contains("localhost:1"))
                .anyMatch(line -> line.contains("script"));
    }
}
