package dev.dhmq.tensor;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.dhmq.bindings.LibrarySymbols;
import dev.dhmq.bindings.cudart.Cudart;
import dev.dhmq.bindings.dhmq_cuda.DhmqCuda;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * CUDA's runtime and our kernels for it: found, checked and bound once for the process, when they are first asked for.
 *
 * <p>The runtime, {@code libcudart.so.13}, comes with CUDA, not with us. It is taken from the file that the system property
 * {@code dhmq.cudart} or the environment variable {@code DHMQ_CUDART} names; where neither is set, from where the system's
 * loader looks, and then from CUDA's usual folders. The kernels, {@code libdhmq_cuda.so}, lie on the class path where they
 * were built; {@code dhmq.cuda.kernels} or {@code DHMQ_CUDA_KERNELS} names another file. They ask the loader for the
 * runtime by its name and get the one that is loaded already.
 */
final class CudaLibraries {
    static final CudaFile RUNTIME = new CudaFile("libcudart.so.13", "dhmq.cudart", "DHMQ_CUDART");
    static final CudaFile CUBLAS = new CudaFile("libcublas.so.13", "dhmq.cublas", "DHMQ_CUBLAS");
    private static final CudaFile KERNELS = new CudaFile("libdhmq_cuda.so", "dhmq.cuda.kernels", "DHMQ_CUDA_KERNELS");
    private static final SharedLibrary KERNEL_LIBRARY = new SharedLibrary(
            "CUDA library", "libdhmq_cuda.so", "libcudart.so." + Cudart.DHMQ_CUDART_MAJOR(), "dhmq_cuda_abi_version");
    private static final int THOUSAND = 1000;
    private static final long GIB = 1L << 30;

    private static @Nullable List<String> failures;
    private static @Nullable String emulation;

    private CudaLibraries() {}

    /** Loads what has not been tried yet, and says in sentences why CUDA cannot be used; empty when it can. */
    static synchronized List<String> failures() {
        if (failures == null) {
            failures = List.copyOf(load());
        }
        return failures;
    }

    /** What the loaded runtime says of itself where it only emulates CUDA; empty where it is CUDA's. */
    static synchronized Optional<String> emulation() {
        return Optional.ofNullable(emulation);
    }

    private static List<String> load() {
        List<String> reasons = new ArrayList<>();
        boolean runtime = loadRuntime(reasons);
        if (runtime) {
            checkDevice(reasons);
        }
        loadKernels(runtime, reasons);
        return reasons;
    }

    private static boolean loadRuntime(List<String> reasons) {
        Optional<SymbolLookup> runtime = RUNTIME.open("CUDA's runtime", reasons);
        if (runtime.isEmpty()) {
            return false;
        }
        LibrarySymbols.CUDART.bind(runtime.get());
        emulation = runtime.get()
                .find("dhmq_cuda_is_emulation")
                .map(CudaLibraries::callForText)
                .orElse(null);
        int version = askForInt("cudaRuntimeGetVersion", Cudart::cudaRuntimeGetVersion);
        if (version / THOUSAND != Cudart.DHMQ_CUDART_MAJOR()) {
            reasons.add("CUDA's runtime has version " + version / THOUSAND + ", but this release needs "
                    + Cudart.DHMQ_CUDART_MAJOR() + ": install CUDA " + Cudart.DHMQ_CUDART_MAJOR() + ".");
            return false;
        }
        return true;
    }

    private static void checkDevice(List<String> reasons) {
        if (askForInt("cudaDriverGetVersion", Cudart::cudaDriverGetVersion) == 0) {
            reasons.add("No NVIDIA driver is loaded: install one, or make the GPU visible to this container.");
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(JAVA_INT);
            int status = Cudart.cudaGetDeviceCount(count);
            if (status != Cudart.cudaSuccess()) {
                CudaStatus.forget();
                reasons.add("cudaGetDeviceCount failed with " + CudaStatus.meaning(status) + ".");
            } else if (count.get(JAVA_INT, 0) == 0) {
                reasons.add("There is no CUDA device; CUDA_VISIBLE_DEVICES may hide it.");
            }
        }
    }

    private static void loadKernels(boolean runtime, List<String> reasons) {
        Optional<Path> named = KERNELS.named();
        if (named.isEmpty() && !KERNEL_LIBRARY.isPresent()) {
            reasons.add("This build has no CUDA kernels: build where CUDA 13's nvcc is on the PATH.");
            return;
        }
        if (!runtime) {
            return;
        }
        try {
            SymbolLookup library = named.isPresent()
                    ? KERNEL_LIBRARY.load(named.get(), named.get().toString())
                    : KERNEL_LIBRARY.open(KERNEL_LIBRARY.resource());
            KERNEL_LIBRARY.checkAbiVersion(library, DhmqCuda.DHMQ_CUDA_ABI_VERSION());
            LibrarySymbols.DHMQ_CUDA.bind(library);
        } catch (SharedLibrary.UnusableException e) {
            reasons.add(String.valueOf(e.getMessage()));
        }
    }

    /** The device in a few words. */
    static String deviceDescription() {
        if (emulation().isPresent()) {
            return emulation().get();
        }
        int device = askForInt("cudaGetDevice", Cudart::cudaGetDevice);
        return "device " + device + " (" + pciBusId(device) + "), compute capability "
                + attribute(Cudart.cudaDevAttrComputeCapabilityMajor(), device) + "."
                + attribute(Cudart.cudaDevAttrComputeCapabilityMinor(), device) + ", "
                + attribute(Cudart.cudaDevAttrMultiProcessorCount(), device) + " multiprocessors, "
                + CudaMemory.total() / GIB + " GiB";
    }

    /** Two transfers a clock, in bytes a second. */
    static double nominalBandwidth() {
        int device = askForInt("cudaGetDevice", Cudart::cudaGetDevice);
        double clock = THOUSAND * (double) attribute(Cudart.cudaDevAttrMemoryClockRate(), device);
        return 2 * clock * attribute(Cudart.cudaDevAttrGlobalMemoryBusWidth(), device) / Byte.SIZE;
    }

    private static int attribute(int attribute, int device) {
        return askForInt("cudaDeviceGetAttribute", place -> Cudart.cudaDeviceGetAttribute(place, attribute, device));
    }

    private static String pciBusId(int device) {
        int length = 32;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(length);
            CudaStatus.check("cudaDeviceGetPCIBusId", Cudart.cudaDeviceGetPCIBusId(text, length, device));
            return text.getString(0);
        }
    }

    /** A function that writes an int and returns a status. */
    private interface IntQuestion {
        int ask(MemorySegment place);
    }

    private static int askForInt(String call, IntQuestion question) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment place = arena.allocate(JAVA_INT);
            CudaStatus.check(call, question.ask(place));
            return place.get(JAVA_INT, 0);
        }
    }

    private static String callForText(MemorySegment function) {
        try {
            MemorySegment text = (MemorySegment) Linker.nativeLinker()
                    .downcallHandle(function, FunctionDescriptor.of(ValueLayout.ADDRESS))
                    .invokeExact();
            return text.reinterpret(Long.MAX_VALUE).getString(0);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("A downcall throws no checked exception.", e);
        }
    }
}
