package dev.dhmq.model.script;

import dev.dhmq.model.Sample;
import dev.dhmq.model.network.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Annotations as torchvision's detectors take them: a list of dictionaries with {@code boxes} and {@code labels}. */
final class ScriptedTargets implements AutoCloseable {
    /** Dictionaries cannot be made from Java, so a program makes them. */
    private static final String PROGRAM = """
            def forward(self, boxes: List[Tensor], labels: List[Tensor]):
                targets: List[Dict[str, Tensor]] = []
                for i in range(len(boxes)):
                    targets.append({"boxes": boxes[i], "labels": labels[i]})
                return targets
            """;

    private final JitModule program;

    ScriptedTargets() {
        try (PointerScope _ = new PointerScope()) {
            program = new JitModule(new QualifiedName("targets"));
            program.define(PROGRAM);
            program.retainReference();
        }
    }

    IValue of(List<Sample> batch) {
        List<Tensor> boxes = new ArrayList<>();
        List<Tensor> labels = new ArrayList<>();
        for (Sample sample : batch) {
            int[] label = sample.truth().labels();
            long[] wide = new long[label.length];
            for (int i = 0; i < label.length; i++) {
                wide[i] = label[i];
            }
            boxes.add(Tensors.of(sample.truth().boxes(), torch.ScalarType.Float, label.length, 4));
            labels.add(Tensors.indices(wide));
        }
        return program.forward(new IValueVector(ScriptModule.listOf(boxes), ScriptModule.listOf(labels)));
    }

    @Override
    public void close() {
        program.close();
    }
}
