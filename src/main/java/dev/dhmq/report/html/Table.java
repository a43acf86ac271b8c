package dev.dhmq.report.html;

import java.util.List;

/** A table whose numbers stand on the right and whose first column names the row; a wide one scrolls by itself. */
public final class Table {
    private final Markup page;

    private Table(Markup page) {
        this.page = page;
    }

    /**
     * Begins a table.
     *
     * @param caption what it shows
     * @param columns headings; the first is of the row names
     * @param numeric whether all columns but the first hold numbers
     */
    public static Table begin(Markup page, String caption, List<String> columns, boolean numeric) {
        page.open("div", "class", "scroll", "tabindex", "0", "role", "group", "aria-label", caption);
        page.open("table").leaf("caption", caption).open("thead").open("tr");
        for (int i = 0; i < columns.size(); i++) {
            page.leaf("th", columns.get(i), "scope", "col", "class", numeric && i > 0 ? "number" : "words");
        }
        page.close().close().open("tbody");
        return new Table(page);
    }

    /** Rows that belong together from here on. */
    public Table group(String name, int columns) {
        page.close().open("tbody").open("tr", "class", "group");
        page.leaf("th", name, "scope", "rowgroup", "colspan", Integer.toString(columns));
        page.close();
        return this;
    }

    /** Begins a row. */
    public Table row(String name) {
        page.open("tr").leaf("th", name, "scope", "row", "class", "name");
        return this;
    }

    /** A whole number. */
    public Table whole(long value) {
        return number(Numerals.whole(value), (double) value);
    }

    /** A number as it is shown, with its exact value for programs. */
    public Table number(String shown, double value) {
        return number(shown, value, "", false);
    }

    /** A number with a remark, such as the extremes of a median, that stands out where it is the best. */
    public Table number(String shown, double value, String remark, boolean best) {
        page.open("td", "class", best ? "number best" : "number").leaf("data", shown, "value", exact(value));
        if (!remark.isEmpty()) {
            page.text(" ").leaf("small", remark);
        }
        page.close();
        return this;
    }

    /** Words in a cell. */
    public Table words(String text) {
        page.leaf("td", text, "class", "words");
        return this;
    }

    /** A cell for which there is nothing. */
    public Table none() {
        page.leaf("td", "\u2013", "class", "number none");
        return this;
    }

    /** Ends the row. */
    public Table end() {
        page.close().line();
        return this;
    }

    /** Ends the table. */
    public void finish() {
        page.close().close().close().line();
    }

    private static String exact(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1L << 53
                ? Long.toString((long) value)
                : Double.toString(value);
    }
}
