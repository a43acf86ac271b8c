package dev.dhmq.model;

import dev.dhmq.model.network.LossTensors;
import dev.dhmq.model.network.OutputSignals;
import dev.dhmq.model.network.Outputs;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * What a network says of a batch, and the losses of that.
 *
 * @param said by every stage
 * @param judge the losses of what the stages say; what they are measured against, and regions and matches, are constants
 */
record Judged(List<OutputSignals> said, Function<List<Outputs>, LossTensors> judge) {
    /** The losses, as parts of the network's graph. */
    LossTensors losses() {
        return judge.apply(said.stream().map(OutputSignals::values).toList());
    }

    /** The same with other losses. */
    Judged with(UnaryOperator<LossTensors> change) {
        return new Judged(said, judge.andThen(change));
    }
}
