package dev.dhmq.report;

import dev.dhmq.files.NewFile;
import dev.dhmq.report.html.Markup;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A report as one HTML file that asks for nothing else: no script, no font, no picture from elsewhere, and a policy in its
 * head that would forbid them. Well-formed XML as well. Light or dark as the reader's system is.
 */
public final class HtmlReport {
    private static final String POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

    private HtmlReport() {}

    /**
     * Writes the report, whole or not at all. The same report gives the same bytes.
     *
     * @throws dev.dhmq.InvalidInputException where the file cannot be written
     */
    public static void write(Path file, Report report) {
        byte[] page = html(report).getBytes(StandardCharsets.UTF_8);
        NewFile.write(file, out -> out.write(page));
    }

    /** The page. */
    static String html(Report report) {
        List<Section> sections = sections(report);
        Markup page = new Markup();
        page.open("html", "xmlns", "http://www.w3.org/1999/xhtml", "lang", "en").line();
        head(page, report);
        page.open("body").open("header").leaf("p", "DHMQ quantization report", "class", "kind");
        page.leaf("h1", report.title());
        page.open("nav", "aria-label", "Parts of this report");
        sections.forEach(section -> page.leaf("a", section.title(), "href", "#" + section.id()));
        page.close().close().line().open("main").line();
        Summary.write(page, report.plans());
        for (Section section : sections) {
            page.open("section", "id", section.id(), "aria-labelledby", section.id() + "-title");
            page.leaf("h2", section.title(), "id", section.id() + "-title").line();
            section.write(page);
            page.close().line();
        }
        page.close().leaf("footer", "Written by " + report.program() + ".").line();
        page.close().line().close().line();
        return "<!DOCTYPE html>\n" + page.finish();
    }

    private static void head(Markup page, Report report) {
        page.open("head").line();
        page.empty("meta", "charset", "utf-8").line();
        page.empty("meta", "http-equiv", "Content-Security-Policy", "content", POLICY)
                .line();
        page.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
                .line();
        page.empty("meta", "name", "color-scheme", "content", "light dark").line();
        page.empty("meta", "name", "generator", "content", report.program()).line();
        page.leaf("title", report.title()).line();
        page.style(sheet()).line();
        page.close().line();
    }

    private static List<Section> sections(Report report) {
        List<Section> sections = new ArrayList<>();
        report.comparison()
                .map(Report.Compared::results)
                .ifPresent(results -> sections.add(
                        new ParetoSection(results, report.plans().getFirst().weights())));
        if (!report.evaluations().isEmpty()) {
            sections.add(new AccuracySection(report.evaluations()));
        }
        report.comparison()
                .map(Report.Compared::results)
                .ifPresent(results -> sections.add(new ComparisonSection(results)));
        sections.add(new BitsSection(report.plans()));
        sections.add(new SizeSection(report.plans()));
        sections.add(new SensitivitySection(report.plans()));
        sections.add(new TrajectorySection(report.plans()));
        report.gallery().ifPresent(gallery -> sections.add(new DetectionsSection(gallery, report.plans())));
        sections.add(new ProvenanceSection(report));
        return sections;
    }

    private static String sheet() {
        try (InputStream sheet = Objects.requireNonNull(
                HtmlReport.class.getResourceAsStream("report.css"), "the build left out report.css")) {
            return new String(sheet.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
