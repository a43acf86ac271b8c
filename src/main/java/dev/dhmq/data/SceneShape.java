package dev.dhmq.data;

/** The outlines objects of a scene have, which are also their classes. Each fits the circle of radius 1 at the origin. */
enum SceneShape {
    DISC {
        @Override
        boolean contains(double x, double y) {
            return x * x + y * y <= 1;
        }
    },
    SQUARE {
        @Override
        boolean contains(double x, double y) {
            return Math.abs(x) <= HALF_DIAGONAL && Math.abs(y) <= HALF_DIAGONAL;
        }
    },
    TRIANGLE {
        @Override
        boolean contains(double x, double y) {
            return insidePolygon(CORNERS_3, x, y);
        }
    },
    RING {
        @Override
        boolean contains(double x, double y) {
            double r = x * x + y * y;
            return r <= 1 && r >= 0.3;
        }
    },
    STAR {
        @Override
        boolean contains(double x, double y) {
            return insidePolygon(CORNERS_5, x, y);
        }
    };

    private static final double HALF_DIAGONAL = StrictMath.sqrt(0.5);
    private static final double[] CORNERS_3 = corners(3, 1);
    private static final double[] CORNERS_5 = corners(5, 0.42);

    /** Whether a point belongs to the shape. */
    abstract boolean contains(double x, double y);

    /** Corners at radius 1, and between each two of them one at the inner radius, unless that is 1. */
    private static double[] corners(int points, double inner) {
        int count = inner == 1 ? points : 2 * points;
        double[] corners = new double[2 * count];
        for (int i = 0; i < count; i++) {
            double radius = i % 2 == 1 && count > points ? inner : 1;
            double angle = 2 * Math.PI * i / count - Math.PI / 2;
            corners[2 * i] = radius * StrictMath.cos(angle);
            corners[2 * i + 1] = radius * StrictMath.sin(angle);
        }
        return corners;
    }

    /** Counts how often a ray from the point crosses the outline. */
    private static boolean insidePolygon(double[] corners, double x, double y) {
        boolean inside = false;
        for (int i = 0, j = corners.length - 2; i < corners.length; j = i, i += 2) {
            boolean crosses = corners[i + 1] > y != corners[j + 1] > y;
            if (crosses
                    && x
                            < (corners[j] - corners[i]) * (y - corners[i + 1]) / (corners[j + 1] - corners[i + 1])
                                    + corners[i]) {
                inside = !inside;
            }
        }
        return inside;
    }
}
