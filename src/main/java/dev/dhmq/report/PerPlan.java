package dev.dhmq.report;

import dev.dhmq.report.html.Markup;
import java.util.List;
import java.util.function.Consumer;

/** The same part of the page for each plan: the smallest open, the others to be opened. */
final class PerPlan {
    private PerPlan() {}

    static void write(Markup page, List<PlanDocument> plans, Consumer<PlanDocument> part) {
        if (plans.size() == 1) {
            part.accept(plans.getFirst());
            return;
        }
        for (int p = plans.size() - 1; p >= 0; p--) {
            PlanDocument plan = plans.get(p);
            if (p == plans.size() - 1) {
                page.open("details", "class", "plan", "open", "open");
            } else {
                page.open("details", "class", "plan");
            }
            page.leaf("summary", plan.name());
            part.accept(plan);
            page.close().line();
        }
    }
}
