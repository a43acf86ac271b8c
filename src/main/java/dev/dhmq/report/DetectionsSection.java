package dev.dhmq.report;

import dev.dhmq.report.chart.Legend;
import dev.dhmq.report.chart.Svg;
import dev.dhmq.report.html.Markup;
import dev.dhmq.report.html.Numerals;
import dev.dhmq.report.html.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;

/** What float and quantized detectors find, drawn side by side on photographs. */
record DetectionsSection(Gallery gallery, List<PlanDocument> plans) implements Section {
    private static final int COLOURS = 7;

    @Override
    public String id() {
        return "detections";
    }

    @Override
    public String title() {
        return "Detections";
    }

    @Override
    public void write(Markup page) {
        page.leaf(
                "p",
                "What the detectors find with a confidence of at least " + Numerals.fixed(gallery.least(), 2)
                        + ". Dashed boxes are found by one of the two alone: by the float detector but not by the plan with"
                        + " fewest bits, or by a plan but not by the float detector. Two boxes are the same find where their"
                        + " classes agree and they overlap by half.",
                "class",
                "lead");
        Legend.write(
                page,
                IntStream.range(0, gallery.classes().size())
                        .mapToObj(label -> Legend.Entry.fill(gallery.classes().get(label), "key " + style(label)))
                        .toList());
        for (int i = 0; i < gallery.pictures().size(); i++) {
            picture(page, gallery.pictures().get(i), "photo-" + (i + 1));
        }
        Section.numbers(page, () -> table(page));
    }

    private static String style(int label) {
        return "s" + label % COLOURS;
    }

    private void picture(Markup page, Gallery.Picture picture, String id) {
        page.open("figure", "class", "photo").leaf("figcaption", picture.name());
        page.open("div", "class", "panels");
        List<Gallery.Box> smallest = picture.quantized().getLast();
        panel(
                page,
                picture,
                "float",
                picture.floats(),
                BoxPairs.of(picture.floats(), smallest).inFirst(),
                () -> photograph(page, picture, id));
        for (int p = 0; p < plans.size(); p++) {
            List<Gallery.Box> found = picture.quantized().get(p);
            boolean[] paired = BoxPairs.of(picture.floats(), found).inSecond();
            panel(page, picture, plans.get(p).name(), found, paired, () -> again(page, id));
        }
        picture.truth().ifPresent(truth -> {
            boolean[] solid = new boolean[truth.size()];
            Arrays.fill(solid, true);
            panel(page, picture, "annotated", truth, solid, () -> again(page, id));
        });
        page.close().close().line();
    }

    private void panel(
            Markup page,
            Gallery.Picture picture,
            String name,
            List<Gallery.Box> boxes,
            boolean[] paired,
            Runnable background) {
        String title = name + ": " + boxes.size() + (boxes.size() == 1 ? " object" : " objects");
        page.open("div", "class", "panel");
        page.open(
                "svg",
                "xmlns",
                "http://www.w3.org/2000/svg",
                "viewBox",
                "0 0 " + picture.width() + " " + picture.height(),
                "role",
                "img",
                "aria-label",
                title + " in " + picture.name());
        background.run();
        for (int b = 0; b < boxes.size(); b++) {
            box(page, boxes.get(b), paired[b]);
        }
        page.close().leaf("p", title).close();
    }

    private static void photograph(Markup page, Gallery.Picture picture, String id) {
        page.empty(
                "image",
                "id",
                id,
                "width",
                Integer.toString(picture.width()),
                "height",
                Integer.toString(picture.height()),
                "preserveAspectRatio",
                "none",
                "href",
                "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(picture.jpeg()));
    }

    /** The same photograph, which is in the page once. */
    private static void again(Markup page, String id) {
        page.empty("use", "href", "#" + id);
    }

    private void box(Markup page, Gallery.Box box, boolean paired) {
        rect(page, box, "halo");
        page.close();
        rect(page, box, "box " + style(box.label()) + (paired ? "" : " alone"));
        page.leaf(
                        "title",
                        gallery.classes().get(box.label()) + ", " + Numerals.fixed(box.score(), 2)
                                + (paired ? "" : ", found by one detector alone"))
                .close();
    }

    private static void rect(Markup page, Gallery.Box box, String style) {
        page.open(
                "rect",
                "x",
                Svg.number(box.x1()),
                "y",
                Svg.number(box.y1()),
                "width",
                Svg.number(Math.max(0, box.x2() - box.x1())),
                "height",
                Svg.number(Math.max(0, box.y2() - box.y1())),
                "class",
                style);
    }

    private void table(Markup page) {
        boolean annotated =
                gallery.pictures().stream().anyMatch(picture -> picture.truth().isPresent());
        List<String> columns = new ArrayList<>(List.of("photograph"));
        if (annotated) {
            columns.addAll(List.of("annotated", "float: found of them"));
        }
        columns.add("float: objects");
        for (PlanDocument plan : plans) {
            columns.addAll(List.of(plan.name() + ": objects", "as float", "lost", "new"));
            if (annotated) {
                columns.add("found of the annotated");
            }
        }
        Table table = Table.begin(page, "Objects found in each photograph", columns, true);
        gallery.pictures().forEach(picture -> row(table, picture, annotated));
        table.finish();
    }

    private void row(Table table, Gallery.Picture picture, boolean annotated) {
        table.row(picture.name());
        if (annotated) {
            if (picture.truth().isPresent()) {
                table.whole(picture.truth().get().size());
            } else {
                table.none();
            }
            found(table, picture, picture.floats());
        }
        table.whole(picture.floats().size());
        for (List<Gallery.Box> quantized : picture.quantized()) {
            int common = BoxPairs.of(picture.floats(), quantized).count();
            table.whole(quantized.size());
            table.whole(common);
            table.whole(picture.floats().size() - common);
            table.whole(quantized.size() - common);
            if (annotated) {
                found(table, picture, quantized);
            }
        }
        table.end();
    }

    private static void found(Table table, Gallery.Picture picture, List<Gallery.Box> boxes) {
        if (picture.truth().isPresent()) {
            table.whole(BoxPairs.of(picture.truth().get(), boxes).count());
        } else {
            table.none();
        }
    }
}
