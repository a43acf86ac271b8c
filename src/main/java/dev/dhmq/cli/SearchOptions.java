package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.CalibrationLoss;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.script.ScriptedDetector;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.search.CurvatureStart;
import dev.dhmq.search.Refinement;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.search.SelectionRule;
import dev.dhmq.search.Sensitivity;
import dev.dhmq.search.StepSize;
import dev.dhmq.search.TaskWeights;
import java.io.PrintWriter;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** Mixin: how a search searches. */
final class SearchOptions {
    @Option(
            names = "--objective",
            defaultValue = "effect",
            paramLabel = "OBJECTIVE",
            converter = LossNames.class,
            completionCandidates = LossNames.class,
            description =
                    "The loss whose curvature counts: effect (default), what quantization does to the outputs;"
                            + " corrected-effect, the same after dhmq correct; or task, the training loss against the annotations.")
    private CalibrationLoss objective;

    @Option(
            names = "--bits",
            defaultValue = "2,3,4,5,6,8",
            paramLabel = "N,N...",
            converter = Bits.class,
            description = "Bit widths a layer may have, from 2 to 8 (default: 2,3,4,5,6,8).")
    private BitWidths bits;

    @Option(
            names = "--start",
            defaultValue = "joint-secant",
            paramLabel = "START",
            converter = StartNames.class,
            completionCandidates = StartNames.class,
            description = "How the curvature is first estimated: joint-secant (default), secant or hutchinson.")
    private StartChoice start;

    @Option(
            names = "--probes",
            defaultValue = "12",
            paramLabel = "N",
            converter = Numbers.AtLeastOne.class,
            description = "Probes of the hutchinson start (default: 12).")
    private int probes;

    @Option(
            names = "--sensitivity",
            defaultValue = "curvature-and-half-gradient",
            paramLabel = "SENSITIVITY",
            converter = SensitivityNames.class,
            completionCandidates = SensitivityNames.class,
            description =
                    "What a downgrade is predicted by: curvature-and-half-gradient (default; what other layers do to it counts half),"
                            + " curvature-and-gradient or curvature.")
    private Sensitivity sensitivity;

    @Option(
            names = "--rule",
            defaultValue = "lowest-sensitivity-per-saved-bit",
            paramLabel = "RULE",
            converter = RuleNames.class,
            completionCandidates = RuleNames.class,
            description = "Which layer goes down next: lowest-sensitivity-per-saved-bit (default) or"
                    + " lowest-sensitivity.")
    private SelectionRule rule;

    @Option(
            names = "--layers-per-step",
            defaultValue = "adaptive",
            paramLabel = "N",
            converter = StepSizes.class,
            description = "Layers that may go down for one gradient: a number, or adaptive (default), as many as"
                    + " predictions hold for.")
    private StepSize steps;

    @Option(
            names = "--memory",
            defaultValue = "10",
            paramLabel = "N",
            description = "Curvature pairs the L-BFGS Hessian keeps (default: 10; 0 for none).")
    private int memory;

    @Option(
            names = "--task-weights",
            arity = "2",
            paramLabel = "X",
            description = "Weights of classification and regression in the loss (default: such that quantization raises"
                    + " both alike).")
    private double @Nullable [] taskWeights;

    @Option(
            names = "--pin",
            paramLabel = "PATTERN",
            description = "Layers that stay at the highest width; * stands for any text. May be repeated.")
    private List<String> pinned = List.of();

    @Option(names = "--exclude", paramLabel = "PATTERN", description = "Layers that stay in float32. May be repeated.")
    private List<String> excluded = List.of();

    @Option(
            names = "--without",
            split = ",",
            paramLabel = "PART",
            converter = RefinementNames.class,
            completionCandidates = RefinementNames.class,
            description =
                    "Leaves parts of the Hessian out, to see what they are worth: refresh, the curvature that layers meet"
                            + " when they move; damping of pairs with too little curvature; floor, the least curvature of a layer.")
    private Set<Refinement> without = EnumSet.noneOf(Refinement.class);

    @Option(
            names = "--exchanges",
            defaultValue = "0",
            paramLabel = "N",
            converter = Numbers.AtLeastZero.class,
            description =
                    "Once a size is reached, layers may be given bits back that others pay for: so many tries at most, one"
                            + " gradient each, such as 10 (default: 0).")
    private int exchanges;

    @Option(
            names = "--by-task",
            description =
                    "Also predict what every step does to classification and to regression by itself: the same plan, for"
                            + " twice the gradients.")
    private boolean byTask;

    @Option(
            names = "--batch",
            defaultValue = "8",
            paramLabel = "N",
            converter = Numbers.AtLeastOne.class,
            description = "Images in memory at a time while taking gradients (default: 8).")
    private int batch;

    /**
     * The objective, or {@code task} in its place for a scripted detector that cannot serve {@code effect}.
     *
     * @param err told of such a change
     */
    CalibrationLoss objectiveFor(DetectionModel model, PrintWriter err) {
        if (objective == CalibrationLoss.EFFECT && !model.hasRawOutputs()) {
            err.println("This scripted detector has no method " + ScriptedDetector.RAW_OUTPUTS
                    + ", which the objective effect needs; the objective is task instead.");
            return CalibrationLoss.TASK;
        }
        return objective;
    }

    int batch() {
        return batch;
    }

    /** @throws InvalidInputException where values do not fit together */
    SearchSettings settings(long seed) {
        try {
            SearchSettings settings = SearchSettings.defaults()
                    .withCandidates(bits)
                    .withStart(start.with(probes, seed))
                    .withSensitivity(sensitivity)
                    .withRule(rule)
                    .withSteps(steps)
                    .withMemory(memory)
                    .withPinned(pinned)
                    .withExcluded(excluded)
                    .without(without)
                    .withExchanges(exchanges);
            SearchSettings weighted = taskWeights == null
                    ? settings
                    : settings.withTaskWeights(new TaskWeights(taskWeights[0], taskWeights[1]));
            return weighted.withByTask(byTask);
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(String.valueOf(e.getMessage()), e);
        }
    }

    static final class LossNames extends NamedChoice<CalibrationLoss> {
        LossNames() {
            super(Stream.of(CalibrationLoss.values()), CalibrationLoss::label);
        }
    }

    static final class StepSizes implements ITypeConverter<StepSize> {
        @Override
        public StepSize convert(String text) {
            StepSize adaptive = SearchSettings.defaults().steps();
            return text.equals(adaptive.label())
                    ? adaptive
                    : new StepSize.Fixed(Numbers.integer(text, 1, Numbers.MOST));
        }
    }

    /** The starts by name; some need a number more. */
    enum StartChoice {
        JOINT_SECANT("joint-secant") {
            @Override
            CurvatureStart with(int probes, long seed) {
                return new CurvatureStart.JointSecant(SearchSettings.PROBE_BITS);
            }
        },
        SECANT("secant") {
            @Override
            CurvatureStart with(int probes, long seed) {
                return new CurvatureStart.LayerSecant(SearchSettings.PROBE_BITS);
            }
        },
        HUTCHINSON("hutchinson") {
            @Override
            CurvatureStart with(int probes, long seed) {
                return new CurvatureStart.Hutchinson(probes, seed);
            }
        };

        private final String label;

        StartChoice(String label) {
            this.label = label;
        }

        abstract CurvatureStart with(int probes, long seed);
    }

    static final class StartNames extends NamedChoice<StartChoice> {
        StartNames() {
            super(Stream.of(StartChoice.values()), choice -> choice.label);
        }
    }

    static final class SensitivityNames extends NamedChoice<Sensitivity> {
        SensitivityNames() {
            super(Stream.of(Sensitivity.values()), Sensitivity::label);
        }
    }

    static final class RefinementNames extends NamedChoice<Refinement> {
        RefinementNames() {
            super(Stream.of(Refinement.values()), Refinement::label);
        }
    }

    static final class RuleNames extends NamedChoice<SelectionRule> {
        RuleNames() {
            super(Stream.of(SelectionRule.values()), SelectionRule::label);
        }
    }
}
