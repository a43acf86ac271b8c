package dev.dhmq.model;

class RetinaNetObjectiveTest extends AbstractCalibrationObjectiveTest {
    RetinaNetObjectiveTest() {
        super(TinyDetector.create(1));
    }

    /** The divergence's gradient is sigmoid(z) - p with p = sigmoid(z): the same number twice. */
    @Override
    float effectRounding() {
        return 0;
    }

    /** Starting heads are almost constant. */
    @Override
    float visibly() {
        return 3;
    }

    /** A step of 1e-3 along the gradient: curvature and float32 rounding leave a few per cent. */
    @Override
    double predictionError() {
        return 0.05;
    }
}
