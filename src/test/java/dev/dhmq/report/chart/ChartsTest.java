package dev.dhmq.report.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.report.html.Markup;
import dev.dhmq.report.html.WellFormed;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ChartsTest {
    private static final Scale BITS = Scale.Linear.between(0, 8, 2);

    private static Document drawn(Consumer<Markup> chart) {
        Markup page = new Markup();
        page.open("div");
        chart.accept(page);
        page.close();
        String markup = page.finish();
        assertThat(markup).doesNotContain("NaN", "Infinity");
        return WellFormed.parse(markup);
    }

    private static RowChart.Row row(double to) {
        return new RowChart.Row(List.of(new RowChart.Bar(0, to, "s0", "tip")), "label");
    }

    @Test
    void barsAreAsLongAsTheirValues() {
        RowChart chart = new RowChart(
                "bits",
                List.of(new RowChart.Group("heads", List.of("a", "b", "c"))),
                List.of(new RowChart.Panel("plan", BITS, List.of(row(2), row(4), row(8)))));
        NodeList bars = drawn(chart::write).getElementsByTagName("rect");
        assertThat(bars.getLength()).isEqualTo(3);
        double first = width(bars, 0);
        assertThat(first).isPositive();
        // Coordinates are written to a hundredth of a pixel.
        assertThat(width(bars, 1)).isCloseTo(2 * first, within(0.03));
        assertThat(width(bars, 2)).isCloseTo(4 * first, within(0.06));
    }

    private static double width(NodeList bars, int index) {
        return Double.parseDouble(((Element) bars.item(index)).getAttribute("width"));
    }

    @Test
    void chartsSayWhatTheyShowToThoseWhoCannotSeeThem() {
        RowChart chart = new RowChart(
                "Bits <of> \"layers\"",
                List.of(new RowChart.Group("", List.of("a"))),
                List.of(new RowChart.Panel("plan", BITS, List.of(row(2)))));
        Element svg = (Element) drawn(chart::write).getElementsByTagName("svg").item(0);
        assertThat(svg.getAttribute("role")).isEqualTo("img");
        assertThat(svg.getAttribute("aria-label")).isEqualTo("Bits <of> \"layers\"");
    }

    @Test
    void noRowsDrawNothing() {
        RowChart chart = new RowChart("none", List.of(), List.of(new RowChart.Panel("plan", BITS, List.of())));
        assertThat(drawn(chart::write).getElementsByTagName("svg").getLength()).isZero();
    }

    @Test
    void longNamesKeepTheirBeginningsAndEnds() {
        assertThat(Svg.shorten("roi_heads.box_predictor.bbox_pred", 20)).isEqualTo("roi_heads\u2026.bbox_pred");
        assertThat(Svg.shorten("short", 20)).isEqualTo("short");
        String wide = "\uD83D\uDD2C".repeat(50);
        assertThat(Svg.shorten(wide, 21).codePointCount(0, Svg.shorten(wide, 21).length()))
                .isEqualTo(21);
        assertThat(Svg.shorten(wide, 21).codePoints()).doesNotContain(0xD83D, 0xDD2C);
    }

    private static XyChart xy(Scale x, Scale y, List<XyChart.Point> points, boolean diagonal) {
        return new XyChart(
                "title",
                new XyChart.Axis("x", x),
                new XyChart.Axis("y", y),
                List.of(new XyChart.Series("series", "s0", Marker.CIRCLE, true, false, points)),
                List.of(new XyChart.Rule(1, "rule")),
                diagonal);
    }

    @Test
    void whatIsNoNumberIsLeftOut() {
        List<XyChart.Point> points = List.of(
                XyChart.Point.of(1, 1, "fine"),
                XyChart.Point.of(2, Double.NaN, "nan"),
                XyChart.Point.of(Double.POSITIVE_INFINITY, 2, "infinite"),
                XyChart.Point.of(3, 0, "zero on a logarithmic axis"));
        Document page = drawn(xy(Scale.Linear.around(0, 4, 4), new Scale.Logarithmic(0.1, 10), points, false)::write);
        NodeList tips = page.getElementsByTagName("title");
        assertThat(tips.getLength()).isEqualTo(1);
        assertThat(tips.item(0).getTextContent()).isEqualTo("fine");
    }

    @Test
    void pointsBelowTheAxisPointDown() {
        Document page = drawn(xy(
                Scale.Linear.around(0, 4, 4),
                Scale.Linear.between(0.5, 1, 0.1),
                List.of(XyChart.Point.of(1, 0.1, "lost")),
                false)::write);
        Element mark = (Element) page.getElementsByTagName("title").item(0).getParentNode();
        Markup down = new Markup();
        Marker.DOWN.draw(down, 0, 0, "s0", "");
        assertThat(mark.getAttribute("d"))
                .isEqualTo(WellFormed.parse(down.finish()).getDocumentElement().getAttribute("d"));
    }

    @Test
    void aDiagonalNeedsOneScale() {
        Scale scale = new Scale.Logarithmic(0.1, 10);
        assertThat(drawn(xy(scale, new Scale.Logarithmic(0.1, 10), List.of(), true)::write))
                .isNotNull();
        assertThatThrownBy(() -> xy(scale, Scale.Linear.around(0, 1, 4), List.of(), true))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
