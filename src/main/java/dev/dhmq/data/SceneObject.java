package dev.dhmq.data;

/**
 * One object of a scene: a shape that is moved, turned, stretched and painted.
 *
 * @param shape its outline and class
 * @param x centre, in pixels
 * @param y centre
 * @param radius of the circle around it before stretching
 * @param cos of the angle it is turned by
 * @param sin of the angle it is turned by
 * @param stretch factor of its own horizontal axis; the vertical one is divided by it
 * @param texture what it is painted with
 */
record SceneObject(
        SceneShape shape,
        double x,
        double y,
        double radius,
        double cos,
        double sin,
        double stretch,
        SceneTexture texture) {

    /** Whether a point of the picture belongs to the object. */
    boolean contains(double px, double py) {
        double dx = (px - x) / radius;
        double dy = (py - y) / radius;
        return shape.contains((dx * cos + dy * sin) / stretch, (dy * cos - dx * sin) * stretch);
    }

    /** Nothing of the object is farther from its centre than this. */
    double reach() {
        return radius * Math.max(stretch, 1 / stretch);
    }

    /** The same outline elsewhere. */
    SceneObject moved(double dx, double dy) {
        return new SceneObject(shape, x + dx, y + dy, radius, cos, sin, stretch, texture);
    }
}
