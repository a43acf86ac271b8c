package dev.dhmq.model;

import java.io.IOException;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/** The LibTorch this process runs on. */
public final class LibTorch {
    private LibTorch() {}

    /** Loads LibTorch, unpacking it to the user's cache on first use. */
    public static void load() {
        Loader.load(torch.class);
    }

    /** Version of LibTorch and of its Java bindings, such as {@code 2.10.0-1.5.13}. */
    public static String version() throws IOException {
        return Loader.getVersion("org.bytedeco", "pytorch");
    }

    /** Sets how many threads an operation may use; results are reproducible for a given number. */
    public static void setThreads(int threads) {
        load();
        torch.set_num_threads(threads);
    }

    /** Threads an operation may use. */
    public static int threads() {
        load();
        return torch.get_num_threads();
    }
}
