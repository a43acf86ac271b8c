package dev.dhmq.model.script;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dhmq.model.LibTorch;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class OneDnnPauseTest {
    @Test
    void oneDnnIsOffUntilTheLastPauseEnds() {
        LibTorch.load();
        boolean before = isOn();
        OneDnnPause first = OneDnnPause.begin();
        OneDnnPause second = OneDnnPause.begin();
        first.close();
        first.close();
        assertThat(isOn()).isFalse();
        second.close();
        assertThat(isOn()).isEqualTo(before);
    }

    private static boolean isOn() {
        return torch.globalContext().userEnabledMkldnn();
    }
}
