package dev.dhmq.report;

import dev.dhmq.report.html.Markup;

/** One part of the page, under a heading of its own. */
interface Section {
    /** Name of the place to jump to. */
    String id();

    /** The heading. */
    String title();

    /** Writes all that stands under the heading. */
    void write(Markup page);

    /** Numbers behind a chart, for those who would read rather than look. */
    static void numbers(Markup page, Runnable table) {
        page.open("details", "class", "numbers").leaf("summary", "Numbers");
        table.run();
        page.close().line();
    }
}
