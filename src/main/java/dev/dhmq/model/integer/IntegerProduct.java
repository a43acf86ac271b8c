package dev.dhmq.model.integer;

import dev.dhmq.model.network.Tensors;
import dev.dhmq.quant.AffineQuantization;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** An {@link IntegerLayer}'s numbers as tensors, and what becomes of its sums. Owns its tensors until it is closed. */
final class IntegerProduct implements AutoCloseable {
    private final IntegerLayer layer;
    private final Tensor weight;
    private final Tensor multiple;
    private final Tensor bias;
    private final Tensor factor;

    /** @param like the layer's own weights */
    IntegerProduct(IntegerLayer layer, Tensor like) {
        this.layer = layer;
        byte[] integers = layer.integers();
        double[] values = new double[integers.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = integers[i];
        }
        torch.ScalarType exact = isExact(layer) ? torch.ScalarType.Float : torch.ScalarType.Double;
        weight = kept(Tensors.of(values, exact, Tensors.shape(like)));
        long[] perChannel = new long[(int) like.dim() - 1]; // of an output without its first dimension, the images
        Arrays.fill(perChannel, 1);
        perChannel[0] = like.size(0);
        multiple = kept(Tensors.of(doubles(layer.multiples()), exact, perChannel));
        bias = kept(
                layer.form() instanceof IntegerLayer.Form.Scaled
                        ? Tensors.of(layer.factors().shifts(), torch.ScalarType.Float, perChannel)
                        : Tensors.of(doubles(layer.bias()), exact, perChannel));
        factor = kept(Tensors.of(factors(layer), torch.ScalarType.Float, perChannel));
    }

    /** Whether float32 has all sums, and all biases that are added to sums. */
    private static boolean isExact(IntegerLayer layer) {
        double[] sums = layer.largestSums();
        int[] bias = layer.form() instanceof IntegerLayer.Form.Scaled ? new int[sums.length] : layer.bias();
        return IntStream.range(0, sums.length)
                .allMatch(c -> sums[c] == 0 || Math.max(sums[c], Math.abs(bias[c])) <= IntegerLayer.EXACT);
    }

    private static float[] factors(IntegerLayer layer) {
        return switch (layer.form()) {
            case IntegerLayer.Form.Rounded rounded -> layer.roundings(rounded.next());
            case IntegerLayer.Form.Scaled _ -> layer.steps();
            case IntegerLayer.Form.OfImages _ -> layer.refinedSteps();
        };
    }

    private static double[] doubles(int[] values) {
        return Arrays.stream(values).asDoubleStream().toArray();
    }

    private static Tensor kept(Tensor tensor) {
        tensor.retainReference();
        return tensor;
    }

    /** The integers, in the type that sums of them are exact in. */
    Tensor weight() {
        return weight;
    }

    /** Whether outputs are rounded already. */
    boolean rounds() {
        return layer.form() instanceof IntegerLayer.Form.Rounded;
    }

    /** What sums stand for, which are overwritten. */
    Tensor output(Tensor sums) {
        return switch (layer.form()) {
            case IntegerLayer.Form.Rounded rounded ->
                rounded(whole(sums).mul_(factor), rounded.next())
                        .mul_(new Scalar(rounded.next().scale()));
            case IntegerLayer.Form.Scaled _ ->
                sums.to(torch.ScalarType.Float).mul_(factor).add_(bias);
            case IntegerLayer.Form.OfImages _ -> whole(sums).mul_(factor);
        };
    }

    /** With the bias: an integer, to float32 precision. */
    private Tensor whole(Tensor sums) {
        return sums.mul_(multiple).add_(bias).to(torch.ScalarType.Float);
    }

    /** Rounded and cut off to integers less the zero point, in place. */
    static Tensor rounded(Tensor x, AffineQuantization quantizer) {
        int zero = quantizer.zeroPoint();
        return x.round_()
                .clamp_(
                        new ScalarOptional(new Scalar((double) -zero)),
                        new ScalarOptional(new Scalar((double) quantizer.highest() - zero)));
    }

    @Override
    public void close() {
        weight.close();
        multiple.close();
        bias.close();
        factor.close();
    }
}
