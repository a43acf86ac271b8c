package dev.dhmq.model.script;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.LibTorch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.NamedTensor;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorType;
import org.bytedeco.pytorch.Type;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.named_buffer_iterator;
import org.bytedeco.pytorch.named_buffer_list;
import org.bytedeco.pytorch.named_module_iterator;
import org.bytedeco.pytorch.named_module_list;
import org.bytedeco.pytorch.named_parameter_iterator;
import org.bytedeco.pytorch.named_parameter_list;
import org.jspecify.annotations.Nullable;

/**
 * A TorchScript program: its tensors by name, and its calls. Owns the program until {@link #close()}.
 *
 * <p>A program is code, and LibTorch's interpreter is no sandbox: open programs of people you trust.
 */
final class ScriptModule implements AutoCloseable {
    private static final String STATISTICS = "running_mean";
    private final Path file;
    private final JitModule module;

    private ScriptModule(Path file, JitModule module) {
        this.file = file;
        this.module = module;
    }

    /**
     * Loads a program.
     *
     * @throws InvalidInputException where the file is missing, damaged, no program, or calls operators that are not there
     */
    static ScriptModule load(Path file) {
        VisionOperators.register();
        if (!Files.isRegularFile(file)) {
            throw new InvalidInputException(
                    file + " is missing; save the detector there with torch.jit.script(model).save(...).");
        }
        try (PointerScope _ = new PointerScope()) {
            JitModule module = torch.load(file.toString());
            module.retainReference();
            return new ScriptModule(file, module);
        } catch (RuntimeException e) {
            throw new InvalidInputException(
                    file + " cannot be loaded as a TorchScript program (" + LibTorch.reason(e)
                            + "); save it anew with torch.jit.script(model).save(...).",
                    e);
        }
    }

    /** Hears of a tensor and its name. */
    interface TensorVisitor {
        void visit(String name, Tensor tensor);
    }

    void forEachParameter(TensorVisitor visitor) {
        named_parameter_list list = module.named_parameters(true);
        named_parameter_iterator end = list.end();
        for (named_parameter_iterator at = list.begin(); at.notEquals(end); at.increment()) {
            NamedTensor entry = at.multiply();
            visitor.visit(text(entry.name()), new Tensor(entry.value()));
        }
    }

    void forEachBuffer(TensorVisitor visitor) {
        named_buffer_list list = module.named_buffers(true);
        named_buffer_iterator end = list.end();
        for (named_buffer_iterator at = list.begin(); at.notEquals(end); at.increment()) {
            NamedTensor entry = at.multiply();
            visitor.visit(text(entry.name()), new Tensor(entry.value()));
        }
    }

    /** Detections instead of losses. */
    void setEvaluating() {
        module.eval();
    }

    /** Losses instead of detections, but batch norms use and leave alone their running statistics. */
    void setMeasuring() {
        module.train(true);
        setNorms(false);
    }

    /** Losses, and batch norms use and update the batch's statistics. */
    void setTraining() {
        module.train(true);
    }

    private void setNorms(boolean training) {
        Set<String> norms = new HashSet<>();
        forEachBuffer((name, _) -> {
            if (name.endsWith("." + STATISTICS)) {
                norms.add(name.substring(0, name.length() - STATISTICS.length() - 1));
            }
        });
        named_module_list modules = module.named_modules();
        named_module_iterator end = modules.end();
        for (named_module_iterator at = modules.begin(); at.notEquals(end); at.increment()) {
            if (norms.contains(text(at.multiply().name()))) {
                at.multiply().value().train(training);
            }
        }
    }

    /** LibTorch's empty string, the name of the program itself, comes as null. */
    private static String text(@Nullable BytePointer name) {
        return name == null ? "" : name.getString();
    }

    boolean has(String method) {
        return module.find_method(method).has_value();
    }

    /** Calls {@code forward}. */
    IValue forward(IValue... arguments) {
        return call("forward", arguments);
    }

    /**
     * Calls a method.
     *
     * @throws InvalidInputException with the program's complaint
     */
    IValue call(String method, IValue... arguments) {
        OperatorFailure.take();
        IValue result;
        try {
            result = module.get_method(method).apply(new IValueVector(arguments));
        } catch (RuntimeException e) {
            throw failed(method, OperatorFailure.take(), e);
        }
        Throwable failure = OperatorFailure.take();
        if (failure != null) {
            throw failed(method, failure, failure);
        }
        return result;
    }

    private InvalidInputException failed(String method, @Nullable Throwable inOperator, Throwable e) {
        String reason = LibTorch.reason(inOperator == null ? e : inOperator);
        return new InvalidInputException(
                file + ": " + method + " failed (" + reason
                        + "); see the documentation for what a scripted detector must take and return.",
                e);
    }

    /** A list of tensors as an argument. */
    static IValue listOf(List<Tensor> tensors) {
        GenericList list = new GenericList(new Type.TypePtr(TensorType.get()));
        tensors.forEach(tensor -> list.push_back(new IValue(tensor)));
        return new IValue(list);
    }

    @Override
    public void close() {
        module.close();
    }
}
