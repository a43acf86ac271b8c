package dev.dhmq.benchmarks;

import dev.dhmq.Progress;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.data.SampleSource;
import dev.dhmq.detect.DetectionEngine;
import dev.dhmq.detect.OnnxRuntimeEngine;
import dev.dhmq.eval.CocoEvaluator;
import dev.dhmq.eval.CocoResult;
import dev.dhmq.eval.CocoResults;
import dev.dhmq.eval.DetectorEvaluation;
import dev.dhmq.export.PlanJson;
import dev.dhmq.export.onnx.OnnxExport;
import dev.dhmq.model.Detection;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.HookedLayers;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.LibTorch;
import dev.dhmq.model.Sample;
import dev.dhmq.model.integer.IntegerArithmetic;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Backends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Judges a detector and its exports by the same photographs, on LibTorch and on ONNX Runtime, and times the exports in turns
 * on two threads; {@code benchmarks/onnx.sh} runs it.
 */
public final class OnnxAgreement {
    private static final int THREADS = 2;

    /** Rounds over the first photographs that are timed, every export once a round and photograph. */
    private static final int ROUNDS = 10;

    private static final int TIMED = 8;

    private OnnxAgreement() {}

    /**
     * One of the forms a detector is exported in.
     *
     * @param weights whether the plan's weights are taken
     * @param activations the quantized inputs
     */
    private record Form(String name, boolean weights, List<ActivationQuantization> activations) {
        Path file(Path folder) {
            return folder.resolve(name.replace(' ', '-') + ".onnx");
        }
    }

    /** Arguments: the detector's folder, the photographs', their annotations, a plan with activations, a folder for files. */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        PlanJson.Stored plan = PlanJson.read(Path.of(arguments[3]));
        Path out = Files.createDirectories(Path.of(arguments[4]));
        LibTorch.setThreads(THREADS);
        List<Form> forms = List.of(
                new Form("float", false, List.of()),
                new Form("weights of the plan", true, List.of()),
                new Form("weights and activations", true, plan.activations()));
        System.out.println("| form | file, MB | AP, LibTorch | AP, ONNX Runtime | difference, points |");
        System.out.println("|---|---|---|---|---|");
        List<SampleSource> sources = new ArrayList<>();
        for (Form form : forms) {
            export(form, folder, plan, form.file(out));
            try (DetectionModel model = DetectorCheckpoint.load(folder);
                    HookedLayers _ = quantized(form, model, folder, plan)) {
                CocoDataset truth = CocoDataset.read(
                        Path.of(arguments[2]),
                        Path.of(arguments[1]),
                        model.config().classes());
                SampleSource samples = truth.samples(model.config());
                sources.add(samples);
                judge(form, model, truth, samples, form.file(out));
            }
        }
        time(forms, out, sources.getFirst());
    }

    private static void export(Form form, Path folder, PlanJson.Stored plan, Path file) {
        try (DetectionModel model = DetectorCheckpoint.load(folder);
                Backend backend = Backends.select(Backends.Choice.CPU)) {
            LearnedScales learned = LearnedScales.read(folder, model.weights().layout());
            OnnxExport export = form.weights()
                    ? OnnxExport.quantized(model, backend, plan.assignment(), learned, form.activations())
                    : OnnxExport.of(model);
            export.write(file, model.config().width(), model.config().height());
        }
    }

    private static HookedLayers quantized(Form form, DetectionModel model, Path folder, PlanJson.Stored plan) {
        if (!form.weights()) {
            return HookedLayers.unchanged(model);
        }
        try (Backend backend = Backends.select(Backends.Choice.CPU)) {
            LearnedScales learned = LearnedScales.read(folder, model.weights().layout());
            return IntegerArithmetic.apply(model, backend, plan.assignment(), learned, form.activations());
        }
    }

    private static void judge(Form form, DetectionModel model, CocoDataset truth, SampleSource samples, Path file)
            throws IOException {
        double libTorch = new DetectorEvaluation(truth, samples)
                .evaluate(model, Progress.NONE)
                .ap();
        List<CocoResult> results = new ArrayList<>();
        try (DetectionEngine engine = OnnxRuntimeEngine.open(file, THREADS)) {
            for (int i = 0; i < samples.size(); i++) {
                List<Detection> found =
                        engine.detect(List.of(samples.sample(i))).getFirst();
                results.addAll(CocoResults.of(truth.image(i), found, model.config()));
            }
        }
        double onnx = CocoEvaluator.evaluate(truth, results).ap();
        System.out.printf(
                Locale.ROOT,
                "| %s | %.1f | %.4f | %.4f | %.2f |%n",
                form.name(),
                Files.size(file) / 1e6,
                libTorch,
                onnx,
                100 * (onnx - libTorch));
    }

    /** In turns, so that whatever else the machine does meets all of them. */
    private static void time(List<Form> forms, Path out, SampleSource samples) {
        double[][] seconds = new double[forms.size()][ROUNDS * TIMED];
        List<DetectionEngine> engines = new ArrayList<>();
        for (Form form : forms) {
            engines.add(OnnxRuntimeEngine.open(form.file(out), THREADS));
        }
        for (int round = -1; round < ROUNDS; round++) { // the first to warm up
            for (int image = 0; image < TIMED; image++) {
                List<Sample> sample = List.of(samples.sample(image));
                for (int form = 0; form < forms.size(); form++) {
                    long start = System.nanoTime();
                    engines.get(form).detect(sample);
                    if (round >= 0) {
                        seconds[form][round * TIMED + image] = (System.nanoTime() - start) / 1e9;
                    }
                }
            }
        }
        engines.forEach(DetectionEngine::close);
        System.out.println();
        System.out.println("| form | ms, median | ms, least | times as fast as float, medians | least |");
        System.out.println("|---|---|---|---|---|");
        for (double[] each : seconds) {
            Arrays.sort(each);
        }
        for (int form = 0; form < forms.size(); form++) {
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.1f | %.1f | %.2f | %.2f |%n",
                    forms.get(form).name(),
                    1e3 * median(seconds[form]),
                    1e3 * seconds[form][0],
                    median(seconds[0]) / median(seconds[form]),
                    seconds[0][0] / seconds[form][0]);
        }
    }

    private static double median(double[] sorted) {
        return sorted[sorted.length / 2];
    }
}
