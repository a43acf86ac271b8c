package dev.dhmq.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dhmq.InvalidInputException;
import dev.dhmq.export.PlanJson;
import dev.dhmq.report.html.WellFormed;
import dev.dhmq.search.Problems;
import dev.dhmq.search.QuantizationPlan.LayerPlan;
import dev.dhmq.search.SearchStep;
import dev.dhmq.search.TaskLosses;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.NodeList;

class HtmlReportTest {
    @TempDir
    Path folder;

    private static Report of(Path... plans) {
        return new Report(
                "Plans", "dhmq test", ReportFiles.plans(List.of(plans)), Optional.empty(), List.of(), Optional.empty());
    }

    private static List<Element> elements(Document page, String tag) {
        NodeList nodes = page.getElementsByTagName(tag);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }

    private static Document page(Report report) {
        return WellFormed.parse(HtmlReport.html(report));
    }

    /** The exact values in the row of a table, by the table's caption and the row's name. */
    private static List<Double> row(Document page, String caption, String name) {
        for (Element table : elements(page, "table")) {
            Element title = (Element) table.getElementsByTagName("caption").item(0);
            NodeList rows = table.getElementsByTagName("tr");
            for (int r = 0; title.getTextContent().equals(caption) && r < rows.getLength(); r++) {
                Element row = (Element) rows.item(r);
                if (row.getElementsByTagName("th").item(0).getTextContent().equals(name)) {
                    NodeList data = row.getElementsByTagName("data");
                    List<Double> values = new ArrayList<>();
                    for (int d = 0; d < data.getLength(); d++) {
                        values.add(Double.valueOf(((Element) data.item(d)).getAttribute("value")));
                    }
                    return values;
                }
            }
        }
        throw new AssertionError("no row " + name + " under " + caption);
    }

    @Test
    void everyPartHasItsPlaceAndAWayThere() {
        Document page = page(Samples.everything(folder));
        Set<String> ids = new HashSet<>();
        for (Element element : elements(page, "*")) {
            if (element.hasAttribute("id")) {
                assertThat(ids.add(element.getAttribute("id")))
                        .as(element.getAttribute("id"))
                        .isTrue();
            }
        }
        assertThat(elements(page, "section"))
                .extracting(section -> section.getAttribute("id"))
                .containsExactly(
                        "pareto",
                        "accuracy",
                        "comparison",
                        "bits",
                        "size",
                        "sensitivity",
                        "search",
                        "detections",
                        "provenance");
        for (Element link : elements(page, "a")) {
            assertThat(ids).contains(link.getAttribute("href").substring(1));
        }
        for (Element section : elements(page, "section")) {
            assertThat(ids).contains(section.getAttribute("aria-labelledby"));
        }
    }

    @Test
    void nothingIsAskedOfTheNetworkAndNothingRuns() {
        Document page = page(Samples.everything(folder));
        assertThat(elements(page, "script")).isEmpty();
        assertThat(elements(page, "link")).isEmpty();
        for (Element element : elements(page, "*")) {
            NamedNodeMap attributes = element.getAttributes();
            for (int i = 0; i < attributes.getLength(); i++) {
                String name = attributes.item(i).getNodeName();
                String value = attributes.item(i).getNodeValue();
                assertThat(name).doesNotStartWith("on");
                if (name.equals("href") || name.equals("src")) {
                    assertThat(value).matches("(?s)#.*|data:image/jpeg;base64,.*");
                }
            }
        }
        assertThat(elements(page, "style").getFirst().getTextContent()).doesNotContain("url(", "@import");
        assertThat(elements(page, "meta"))
                .anyMatch(meta -> meta.getAttribute("http-equiv").equals("Content-Security-Policy")
                        && meta.getAttribute("content").startsWith("default-src 'none'"));
    }

    @Test
    void hostileNamesStayNames() {
        String hostile = Samples.HOSTILE;
        List<PlanDocument> plans = ReportFiles.plans(List.of(Samples.planWithName(folder, hostile)));
        Document page = page(new Report(
                hostile,
                hostile,
                plans,
                Optional.of(ReportFiles.comparison(Samples.comparison(folder, hostile))),
                List.of(ReportFiles.evaluation(hostile, Samples.evaluation(folder, "e.json", 0.5))),
                Optional.of(Samples.gallery(hostile, 1))));
        assertThat(elements(page, "script")).isEmpty();
        assertThat(elements(page, "img")).isEmpty();
        assertThat(elements(page, "style")).hasSize(1);
        assertThat(elements(page, "h1").getFirst().getTextContent()).isEqualTo(hostile);
        assertThat(elements(page, "title").getFirst().getTextContent()).isEqualTo(hostile);
        assertThat(elements(page, "th"))
                .filteredOn(cell -> cell.getTextContent().equals(hostile))
                .hasSizeGreaterThanOrEqualTo(4);
        assertThat(row(page, "Bits of the weights of every layer", hostile)).isNotEmpty();
    }

    @Test
    void theNumbersAreThePlans() {
        Report report = Samples.everything(folder);
        PlanDocument plan = report.plans().getFirst();
        Document page = page(report);
        for (int l = 0; l < plan.layers().size(); l++) {
            LayerPlan layer = plan.layers().get(l);
            assertThat(row(page, "Bits of the weights of every layer", layer.name()))
                    .containsExactly((double) layer.weights(), (double) layer.channels(), (double)
                            PlanDocument.shownBits(layer.bits()));
            List<Double> sensitivity = row(page, "Loss change of every layer, predicted and measured", layer.name());
            assertThat(sensitivity.get(1)).isEqualTo(layer.sensitivity());
            // The default sensitivity is the sum of its two terms.
            assertThat(sensitivity.get(2) + sensitivity.get(3))
                    .isCloseTo(layer.sensitivity(), within(1e-12 + 1e-9 * Math.abs(layer.sensitivity())));
            assertThat(sensitivity.get(5))
                    .isEqualTo(plan.weights().classification() * layer.change().classification());
            assertThat(sensitivity.get(6))
                    .isEqualTo(plan.weights().regression() * layer.change().regression());
        }
        for (SearchStep step : plan.steps()) {
            List<Double> numbers = row(page, "Steps of the search", Integer.toString(step.number()));
            assertThat(numbers)
                    .containsExactly(
                            (double) step.moves().size(),
                            step.predicted(),
                            step.predictedStatic(),
                            step.measured(),
                            plan.lossAfter(step),
                            step.losses().classification(),
                            step.losses().regression(),
                            (double) step.bytes(),
                            step.compressionRatio());
        }
        assertThat(row(page, "Bytes of each part of the detector", "all").get(3))
                .isEqualTo((double) plan.bytes());
        assertThat(HtmlReport.html(report)).doesNotContain("it was edited");
    }

    @Test
    void methodsAreShownByTheirMediansAndTheBestStandsOut() {
        Document page = page(Samples.everything(folder));
        // Medians over seeds 0 and 1 at the ratio 4; the float model has 0.6.
        List<Double> uniform = row(page, "Methods at each size", "uniform");
        assertThat(uniform.get(0)).isEqualTo(2);
        assertThat(uniform.get(1)).isCloseTo(0.45, within(1e-12));
        assertThat(uniform.get(2)).isCloseTo(15, within(1e-9));
        assertThat(uniform.get(3)).as("points lost, corrected").isCloseTo(0, within(1e-9));
        assertThat(elements(page, "td"))
                .filteredOn(cell -> cell.getAttribute("class").contains("best"))
                .extracting(cell -> cell.getTextContent())
                .containsExactly("0.5900", "0.50", "0.00 \u22121.00 to 1.00", "0.5500", "3.00");
        assertThat(row(page, "COCO's twelve numbers", "quantized").getFirst()).isCloseTo(5, within(1e-9));
        // Large objects were not annotated: a dash, not -1.
        assertThat(row(page, "COCO's twelve numbers", "float")).hasSize(10);
    }

    @Test
    void whatWasNotCorrectedIsLeftOutOfTheCorrectedOnes() {
        Document page = page(Samples.everything(folder));
        assertThat(elements(page, "figcaption"))
                .extracting(caption -> caption.getTextContent())
                .contains(
                        "AP on the judging images",
                        "AP on the judging images after dhmq correct",
                        "AP on the judging images after dhmq correct --compensate");
        // At 4 both methods were corrected, at 6 one alone.
        String html = HtmlReport.html(Samples.everything(folder));
        int chart = html.indexOf("after dhmq correct of each method");
        assertThat(html.substring(chart, html.indexOf("</svg>", chart)))
                .contains("uniform: AP 0.600, 4.00 times smaller")
                .doesNotContain("uniform: AP 0.1");
    }

    @Test
    void whatOneDetectorFindsAloneIsDashedAndCounted() {
        Document page = page(Samples.everything(folder));
        assertThat(elements(page, "rect"))
                .filteredOn(box -> box.getAttribute("class").endsWith("alone"))
                .extracting(box -> box.getAttribute("class"))
                .containsExactly("box s1 alone", "box s0 alone");
        // annotated, found by float, float's, plan's, common, lost, new, found of the annotated.
        assertThat(row(page, "Objects found in each photograph", "photo <1>.jpg"))
                .containsExactly(2.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0);
        assertThat(elements(page, "image")).hasSize(1);
        assertThat(elements(page, "use"))
                .hasSize(2)
                .allMatch(use -> use.getAttribute("href").equals("#photo-1"));
    }

    @Test
    void predictionsByTaskStandBesideWhatWasMeasured() {
        Path file = folder.resolve("by-task.json");
        PlanJson.write(file, Problems.samplePlan(true));
        Report report = of(file);
        Document page = page(report);
        for (SearchStep step : report.plans().getFirst().steps()) {
            TaskLosses predicted = Objects.requireNonNull(step.predictedByTask());
            assertThat(row(page, "Changes of both parts of the loss", Integer.toString(step.number())))
                    .containsExactly(
                            predicted.classification(),
                            step.change().classification(),
                            predicted.regression(),
                            step.change().regression());
        }
        assertThat(HtmlReport.html(Samples.everything(folder))).doesNotContain("Changes of both parts of the loss");
    }

    @Test
    void theSameFilesGiveTheSamePage() {
        assertThat(HtmlReport.html(Samples.everything(folder))).isEqualTo(HtmlReport.html(Samples.everything(folder)));
    }

    @Test
    void aPlanWithoutLayersOrStepsIsAReportToo() {
        Path empty = Samples.plan(folder, "empty.json", root -> {
            root.putArray("layers");
            root.putArray("trajectory");
        });
        Document page = page(of(empty));
        assertThat(page.getDocumentElement().getTextContent())
                .contains("The plan has no layers.", "No step was taken")
                .doesNotContain("NaN");
    }

    @Test
    void aPlanOfOneStepTakenBackIsAReportToo() {
        Path odd = Samples.plan(folder, "odd.json", root -> {
            ArrayNode steps = (ArrayNode) root.get("trajectory");
            while (steps.size() > 1) {
                steps.remove(1);
            }
            ((ObjectNode) steps.get(0)).put("accepted", false).putArray("downgrades");
            root.withObject("/calibrationLoss").put("classification", 0).put("regression", 0);
        });
        assertThat(page(of(odd)).getDocumentElement().getTextContent()).doesNotContain("NaN", "Infinity");
    }

    @Test
    void anEditedPlanIsSaidToBeOne() {
        Path edited = Samples.plan(
                folder, "edited.json", root -> ((ObjectNode) root.get("layers").get(4)).put("bits", 8));
        assertThat(HtmlReport.html(of(edited))).contains("edited.json says that it has", "it was edited");
    }

    @Test
    void plansOfOneSizeAreToldApartByTheirFiles() {
        Path other = Samples.plan(folder, "other.json", root -> {});
        List<PlanDocument> plans = ReportFiles.plans(List.of(folder.resolve("plan.json"), other));
        assertThat(plans).extracting(PlanDocument::name).doesNotHaveDuplicates();
        assertThat(plans).extracting(PlanDocument::name).anyMatch(name -> name.endsWith("other.json"));
        assertThat(page(of(folder.resolve("plan.json"), other))).isNotNull();
    }

    @Test
    void whatIsAboutAnotherModelIsRefused() {
        Path plan = Samples.plan(folder);
        Path other = Samples.plan(folder, "other.json", root -> root.put("modelSha256", "ffff"));
        assertThatThrownBy(() -> of(plan, other))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("was made for another checkpoint");
        assertThatThrownBy(() -> new Report(
                        "t",
                        "p",
                        ReportFiles.plans(List.of(other)),
                        Optional.of(ReportFiles.comparison(Samples.comparison(folder, "uniform"))),
                        List.of(),
                        Optional.empty()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("compare.json compares methods on another checkpoint");
        assertThatThrownBy(() -> ReportFiles.plans(List.of(plan, plan)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("is named twice");
    }
}
