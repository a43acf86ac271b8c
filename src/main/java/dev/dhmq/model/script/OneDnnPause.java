package dev.dhmq.model.script;

import org.bytedeco.pytorch.global.torch;

/**
 * While any of these is open, LibTorch does without oneDNN in the whole process; when the last one closes, it is as it was before
 * the first. Closing twice is harmless; safe for use by several threads.
 */
final class OneDnnPause implements AutoCloseable {
    private static int open;
    private static boolean before;

    private boolean closed;

    private OneDnnPause() {}

    static OneDnnPause begin() {
        synchronized (OneDnnPause.class) {
            if (open++ == 0) {
                before = torch.globalContext().userEnabledMkldnn();
                torch.globalContext().setUserEnabledMkldnn(false);
            }
            return new OneDnnPause();
        }
    }

    @Override
    public void close() {
        synchronized (OneDnnPause.class) {
            if (!closed && --open == 0) {
                torch.globalContext().setUserEnabledMkldnn(before);
            }
            closed = true;
        }
    }
}
