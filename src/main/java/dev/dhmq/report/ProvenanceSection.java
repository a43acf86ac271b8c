package dev.dhmq.report;

import dev.dhmq.files.Sha256;
import dev.dhmq.report.html.Markup;
import dev.dhmq.report.html.Table;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** How it was searched, and which files the report was made from. */
record ProvenanceSection(Report report) implements Section {
    @Override
    public String id() {
        return "provenance";
    }

    @Override
    public String title() {
        return "Settings and provenance";
    }

    @Override
    public void write(Markup page) {
        settings(page);
        files(page);
        report.comparison().ifPresent(compared -> comparison(page, compared));
        page.leaf(
                "p",
                "Nothing in this report depends on the clock: the same files give the same report.",
                "class",
                "lead");
    }

    private void settings(Markup page) {
        Set<String> names = new LinkedHashSet<>();
        report.plans().forEach(plan -> names.addAll(plan.settings().keySet()));
        List<String> columns = new ArrayList<>(List.of("setting"));
        report.plans().forEach(plan -> columns.add(plan.name()));
        Table table = Table.begin(page, "Settings of the search", columns, false);
        table.row("budget");
        report.plans().forEach(plan -> table.words(plan.budget()));
        table.end();
        for (String name : names) {
            table.row(inWords(name));
            report.plans().forEach(plan -> table.words(said(plan.settings().getOrDefault(name, ""))));
            table.end();
        }
        table.row("gradients, products, losses");
        report.plans()
                .forEach(plan ->
                        table.words(plan.cost().gradients() + ", " + plan.cost().hessianVectorProducts() + ", "
                                + plan.cost().losses()));
        table.end();
        table.finish();
    }

    private static String said(String setting) {
        return setting.isEmpty() ? "none" : setting;
    }

    /** A key such as {@code layersPerStep} as the words it is made of. */
    private static String inWords(String key) {
        StringBuilder words = new StringBuilder();
        for (int i = 0; i < key.length(); i++) {
            char c = key.charAt(i);
            if (Character.isUpperCase(c) && i > 0 && Character.isLowerCase(key.charAt(i - 1))) {
                words.append(' ').append(Character.toLowerCase(c));
            } else {
                words.append(c);
            }
        }
        return words.toString();
    }

    private void files(Markup page) {
        Table table = Table.begin(page, "Files", List.of("what", "file", "SHA-256"), false);
        table.row("model")
                .words("weights of the detector")
                .words(report.plans().getFirst().stored().modelSha256())
                .end();
        report.plans()
                .forEach(plan -> table.row("plan, " + plan.name())
                        .words(plan.file().toString())
                        .words(plan.sha256())
                        .end());
        report.comparison()
                .ifPresent(compared -> table.row("comparison")
                        .words(compared.file().toString())
                        .words(compared.sha256())
                        .end());
        report.evaluations()
                .forEach(evaluation -> table.row("evaluation, " + evaluation.label())
                        .words(evaluation.file().toString())
                        .words(Sha256.of(evaluation.file()))
                        .end());
        table.row("written by").words(report.program()).words("").end();
        table.finish();
    }

    private static void comparison(Markup page, Report.Compared compared) {
        Table table = Table.begin(page, "Conditions of the comparison", List.of("what", "value"), false);
        compared.results()
                .conditions()
                .forEach((what, value) -> table.row(inWords(what)).words(value).end());
        compared.results()
                .methods()
                .forEach((method, how) ->
                        table.row("method " + method).words(how).end());
        table.finish();
    }
}
