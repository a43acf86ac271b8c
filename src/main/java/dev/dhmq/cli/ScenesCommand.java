package dev.dhmq.cli;

import dev.dhmq.data.SceneWriter;
import dev.dhmq.data.SyntheticScenes;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code dhmq scenes}: annotated pictures to train and try things on. */
@Command(
        name = "scenes",
        description = "Writes the demo's synthetic scenes as pictures with COCO annotations.",
        footer = {"  dhmq scenes --count 1500 --out scenes"})
final class ScenesCommand implements Callable<Integer> {
    private static final int MOST = 1_000_000;

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Mixin
    private OutOption out;

    @Option(
            names = "--size",
            defaultValue = "160x128",
            paramLabel = "WxH",
            converter = ImageSize.Converter.class,
            description = "Size of the pictures (default: 160x128, the demo's).")
    private ImageSize size;

    @Option(
            names = "--scene-seed",
            defaultValue = "" + DemoCheckpoint.SCENE_SEED,
            paramLabel = "N",
            description = "Which scenes (default: the demo's).")
    private long seed;

    @Option(
            names = "--first",
            defaultValue = "0",
            paramLabel = "N",
            converter = Count.class,
            description = "Number of the first scene (default: 0).")
    private int first;

    @Option(
            names = "--count",
            required = true,
            paramLabel = "N",
            converter = Count.class,
            description = "How many scenes.")
    private int count;

    static final class Count implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return Numbers.integer(text, 0, MOST);
        }
    }

    @Override
    public Integer call() {
        Path folder = out.make();
        SyntheticScenes scenes = new SyntheticScenes(seed, size.width(), size.height());
        SceneWriter.write(folder, scenes.samples(first, count), main.progress());
        spec.commandLine()
                .getOut()
                .println("Wrote " + SceneWriter.images(folder) + " and " + SceneWriter.annotations(folder) + ".");
        return ExitCode.FINE;
    }
}
