package dev.dhmq.model.box;

import java.util.ArrayList;
import java.util.List;

/**
 * RoIAlign (He et al., 2017) as a sparse matrix: pooled = A features, where row {@code (region, bin row, bin column)} of A
 * holds the bilinear weights of that bin, and the features are one row of channels for every place of every feature map.
 *
 * <p>The regions are constants of the loss, so RoIAlign is linear in the features and A is all there is to it: its first
 * derivative is A', its second exists because a product with a constant matrix can be differentiated as often as one
 * likes. A region takes at most 784 entries of 7 x 7 bins with 2 x 2 samples (less where samples share places), 16 bytes
 * each beside the value, whatever the number of channels.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class RoiAlignMatrix {
    private final int binRows;
    private final int binColumns;
    private final int sampling;
    private final boolean aligned;
    private final List<Region> regions = new ArrayList<>();
    private long entries;

    /**
     * One feature map.
     *
     * @param firstPlace row of its first place among all features
     * @param height rows of places
     * @param width columns of places
     * @param scale places an input pixel
     */
    public record FeatureMap(long firstPlace, int height, int width, double scale) {}

    private record Region(AxisTaps rows, AxisTaps columns, FeatureMap map) {}

    /**
     * A matrix without regions.
     *
     * @param sampling samples a bin and axis; 0 for one a place
     * @param aligned whether places have their centres at half coordinates, torchvision's {@code aligned}
     */
    public RoiAlignMatrix(int binRows, int binColumns, int sampling, boolean aligned) {
        this.binRows = binRows;
        this.binColumns = binColumns;
        this.sampling = sampling;
        this.aligned = aligned;
    }

    /** Adds a region, x1, y1, x2, y2 in input pixels, of this feature map. */
    public void add(double x1, double y1, double x2, double y2, FeatureMap map) {
        AxisTaps rows = taps(y1, y2, binRows, map.scale(), map.height());
        AxisTaps columns = taps(x1, x2, binColumns, map.scale(), map.width());
        regions.add(new Region(rows, columns, map));
        entries += (long) rows.places().length * columns.places().length;
    }

    private AxisTaps taps(double from, double to, int bins, double scale, int limit) {
        double offset = aligned ? 0.5 : 0;
        double length = (to - from) * scale;
        if (!aligned) {
            length = Math.max(length, 1);
        }
        int samples = sampling > 0 ? sampling : Math.max(1, (int) Math.ceil(length / bins));
        return AxisTaps.of(from * scale - offset, length, bins, samples, limit);
    }

    /** Number of rows: regions times bins. */
    public long rows() {
        return (long) regions.size() * binRows * binColumns;
    }

    /** Row of every entry, then column of every entry. */
    public long[] indices() {
        int count = Math.toIntExact(entries);
        long[] indices = new long[Math.multiplyExact(2, count)];
        int[] at = {0};
        forEach((row, column, _) -> {
            indices[at[0]] = row;
            indices[count + at[0]++] = column;
        });
        return indices;
    }

    /** Value of every entry, in the same order. */
    public double[] values() {
        double[] values = new double[Math.toIntExact(entries)];
        int[] at = {0};
        forEach((_, _, value) -> values[at[0]++] = value);
        return values;
    }

    private interface Entry {
        void accept(long row, long column, double value);
    }

    private void forEach(Entry visitor) {
        long row = 0;
        for (Region region : regions) {
            AxisTaps vertical = region.rows();
            AxisTaps horizontal = region.columns();
            for (int binRow = 0; binRow < binRows; binRow++) {
                for (int binColumn = 0; binColumn < binColumns; binColumn++, row++) {
                    for (int i = vertical.begin(binRow); i < vertical.ends()[binRow]; i++) {
                        long place = region.map().firstPlace()
                                + (long) vertical.places()[i] * region.map().width();
                        for (int j = horizontal.begin(binColumn); j < horizontal.ends()[binColumn]; j++) {
                            visitor.accept(
                                    row,
                                    place + horizontal.places()[j],
                                    vertical.weights()[i] * horizontal.weights()[j]);
                        }
                    }
                }
            }
        }
    }
}
