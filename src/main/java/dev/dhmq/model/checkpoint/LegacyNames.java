package dev.dhmq.model.checkpoint;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names that torchvision before 0.13 gave to some tensors. Its published detectors carry them still: convolutions there
 * had no place of their own in a block, and a RetinaNet head's activations were counted.
 */
public final class LegacyNames {
    private static final Pattern PYRAMID =
            Pattern.compile("(backbone\\.fpn\\.(?:inner|layer)_blocks\\.\\d+)\\.0(\\.\\w+)");
    private static final Pattern PROPOSALS = Pattern.compile("(rpn\\.head\\.conv)\\.0\\.0(\\.\\w+)");
    private static final Pattern RETINA_HEAD = Pattern.compile("(head\\.\\w+_head\\.conv)\\.(\\d+)\\.0(\\.\\w+)");

    private LegacyNames() {}

    /** The older name of the tensor that is called this now. */
    public static Optional<String> of(String name) {
        for (Pattern pattern : new Pattern[] {PYRAMID, PROPOSALS}) {
            Matcher matcher = pattern.matcher(name);
            if (matcher.matches()) {
                return Optional.of(matcher.group(1) + matcher.group(2));
            }
        }
        Matcher head = RETINA_HEAD.matcher(name);
        if (head.matches()) {
            return Optional.of(head.group(1) + "." + 2 * Integer.parseInt(head.group(2)) + head.group(3));
        }
        return Optional.empty();
    }
}
