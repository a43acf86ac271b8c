package dev.dhmq.model.script;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A namespace of operators that TorchScript programs can call, written in Java and registered through LibTorch's stable C
 * interface ({@code torch/csrc/inductor/aoti_torch/c/shim.h}). What is registered stays until the process ends.
 */
final class OperatorLibrary {
    /** The operators are made of others, which record their own gradients. */
    private static final String DISPATCH_KEY = "CompositeImplicitAutograd";

    private static final AddressLayout POINTER = ValueLayout.ADDRESS;
    private static final Linker LINKER = Linker.nativeLinker();

    private final Shim shim = new Shim();
    private final MemorySegment definitions;
    private final MemorySegment implementations;

    /** What an operator is called with. It must ask for all of its tensors: their handles are its own to give back. */
    static final class Arguments {
        private final MemorySegment stack;
        private final List<Long> handles = new ArrayList<>();

        Arguments(MemorySegment stack) {
            this.stack = stack;
        }

        /** A tensor, valid during the call. */
        Tensor tensor(int index) {
            long handle = stack.getAtIndex(ValueLayout.JAVA_LONG, index);
            handles.add(handle);
            return new Tensor(new Pointer() {
                {
                    address = handle;
                }
            });
        }

        double real(int index) {
            return stack.getAtIndex(ValueLayout.JAVA_DOUBLE, index);
        }

        long integer(int index) {
            return stack.getAtIndex(ValueLayout.JAVA_LONG, index);
        }

        boolean bool(int index) {
            return (stack.getAtIndex(ValueLayout.JAVA_LONG, index) & 1) != 0;
        }
    }

    OperatorLibrary(String namespace) {
        Arena forever = Arena.global();
        MemorySegment handle = forever.allocate(POINTER);
        MemorySegment name = forever.allocateFrom(namespace);
        MemorySegment file = forever.allocateFrom("OperatorLibrary.java");
        shim.call(shim.initFragment, name, file, 0, handle);
        definitions = handle.get(POINTER, 0);
        shim.call(shim.initImpl, name, forever.allocateFrom(DISPATCH_KEY), file, 0, handle);
        implementations = handle.get(POINTER, 0);
    }

    /**
     * Registers an operator that returns one tensor.
     *
     * @param signature its arguments and result, as TorchScript writes them
     */
    void define(String name, String signature, Function<Arguments, Tensor> body) {
        Arena forever = Arena.global();
        shim.call(shim.define, definitions, forever.allocateFrom(name + signature));
        MethodHandle kernel;
        try {
            kernel = MethodHandles.lookup()
                    .findVirtual(
                            Kernel.class,
                            "call",
                            MethodType.methodType(void.class, MemorySegment.class, long.class, long.class))
                    .bindTo(new Kernel(shim, body));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Kernel has lost its method.", e);
        }
        MemorySegment stub = LINKER.upcallStub(
                kernel, FunctionDescriptor.ofVoid(POINTER, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG), forever);
        shim.call(shim.implement, implementations, forever.allocateFrom(name), stub);
    }

    /** One operator as LibTorch calls it: arguments on a stack of 64-bit slots, the result in the first of them. */
    private record Kernel(Shim shim, Function<Arguments, Tensor> body) {
        @SuppressWarnings("UnusedMethod") // found by its name
        void call(MemorySegment stack, long argumentCount, long outputCount) {
            MemorySegment slots = stack.reinterpret(Math.max(argumentCount, outputCount) * Long.BYTES);
            Arguments arguments = new Arguments(slots);
            try (PointerScope _ = new PointerScope()) {
                slots.setAtIndex(ValueLayout.JAVA_LONG, 0, shim.newHandle(body.apply(arguments)));
            } catch (Throwable e) {
                // An exception must not pass through LibTorch's frames, which would end the process.
                OperatorFailure.remember(e);
                try (PointerScope _ = new PointerScope()) {
                    slots.setAtIndex(ValueLayout.JAVA_LONG, 0, shim.newHandle(torch.zeros(new long[] {0})));
                }
            } finally {
                arguments.handles.forEach(shim::deleteHandle);
            }
        }
    }

    /** The functions of the C interface. */
    private static final class Shim {
        final MethodHandle initFragment;
        final MethodHandle initImpl;
        final MethodHandle define;
        final MethodHandle implement;
        final MethodHandle newTensorHandle;
        final MethodHandle deleteTensor;

        Shim() {
            SymbolLookup libTorch = SymbolLookup.libraryLookup(library(), Arena.global());
            initFragment = function(
                    libTorch, "aoti_torch_library_init_fragment", POINTER, POINTER, ValueLayout.JAVA_INT, POINTER);
            initImpl = function(
                    libTorch, "aoti_torch_library_init_impl", POINTER, POINTER, POINTER, ValueLayout.JAVA_INT, POINTER);
            define = function(libTorch, "aoti_torch_library_def", POINTER, POINTER);
            implement = function(libTorch, "aoti_torch_library_impl", POINTER, POINTER, POINTER);
            newTensorHandle = function(libTorch, "aoti_torch_new_tensor_handle", POINTER, POINTER);
            deleteTensor = function(libTorch, "aoti_torch_delete_tensor_object", POINTER);
        }

        /** The library that the bindings have loaded: it lies beside theirs. */
        private static Path library() {
            return Path.of(Loader.load(torch.class)).resolveSibling("libtorch_cpu.so");
        }

        private static MethodHandle function(SymbolLookup library, String name, MemoryLayout... arguments) {
            return LINKER.downcallHandle(
                    library.findOrThrow(name), FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
        }

        void call(MethodHandle function, Object... arguments) {
            int status;
            try {
                status = (int) function.invokeWithArguments(arguments);
            } catch (Throwable e) {
                throw new IllegalStateException("LibTorch's operator interface cannot be called.", e);
            }
            if (status != 0) {
                throw new IllegalStateException("LibTorch refused an operator; its reason is on standard error.");
            }
        }

        void deleteHandle(long handle) {
            call(deleteTensor, MemorySegment.ofAddress(handle));
        }

        /** A new handle of the tensor, which the caller of an operator owns. */
        long newHandle(Tensor tensor) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment handle = arena.allocate(POINTER);
                call(newTensorHandle, MemorySegment.ofAddress(tensor.address()), handle);
                return handle.get(POINTER, 0).address();
            }
        }
    }
}
