package dev.dhmq.model.box;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class AnchorGridTest {
    @Test
    void anchorsAtTheOriginAreTorchvisions() {
        AnchorGrid grid = AnchorGrid.over(
                64, 64, new int[] {1}, new int[] {1}, AnchorShapes.octaves(List.of(32), List.of(0.5, 1.0, 2.0)));

        // torchvision's AnchorGenerator(((32, 40, 50),), ((0.5, 1.0, 2.0),)).cell_anchors[0], worked by hand:
        // widths 32 sqrt(2) = 45.25, 32, 22.63 and so on, halved and rounded half to even.
        assertThat(grid.boxes()).startsWith(-23, -11, 23, 11, -28, -14, 28, 14, -35, -18, 35, 18, -16, -16, 16, 16);
        assertThat(grid.size()).isEqualTo(9);
    }

    @Test
    void placesRunAlongRowsAndLevelsFollowEachOther() {
        AnchorGrid grid = AnchorGrid.overPyramid(16, 32, 8, AnchorShapes.octaves(List.of(8, 16), List.of(1.0)));

        assertThat(grid.levelSizes()).containsExactly(2 * 4 * 3, 2 * 3);
        // The second place of the first level lies one stride of 8 to the right; the fifth begins the next row.
        assertThat(grid.boxes()[4 * 3] - grid.boxes()[0]).isEqualTo(8);
        assertThat(grid.boxes()[4 * 12 + 1] - grid.boxes()[1]).isEqualTo(8);
        // The second level's stride is 16 in both directions.
        assertThat(grid.boxes()[4 * (24 + 3)] - grid.boxes()[4 * 24]).isEqualTo(16);
    }
}
