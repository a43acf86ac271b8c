package dev.dhmq.model.box;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The anchors of a pyramid for whatever input sizes come along; the last few are kept. Not safe for use by several
 * threads at once.
 */
public final class AnchorGrids {
    /** Photographs come upright, lying and square, in a few sizes: more than that is not worth keeping. */
    private static final int KEPT = 16;

    private final int firstStride;
    private final AnchorShapes shapes;
    private final Map<Size, AnchorGrid> grids = new LinkedHashMap<>(KEPT, 0.75f, true);

    private record Size(int height, int width) {}

    /** @param firstStride input pixels from one place of the first level to the next */
    public AnchorGrids(int firstStride, AnchorShapes shapes) {
        this.firstStride = firstStride;
        this.shapes = shapes;
    }

    /** The anchors of this input size. */
    public AnchorGrid at(int height, int width) {
        AnchorGrid grid = grids.computeIfAbsent(
                new Size(height, width),
                size -> AnchorGrid.overPyramid(size.height(), size.width(), firstStride, shapes));
        if (grids.size() > KEPT) {
            grids.remove(grids.keySet().iterator().next());
        }
        return grid;
    }
}
