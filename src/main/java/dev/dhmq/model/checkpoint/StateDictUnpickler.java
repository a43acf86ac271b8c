package dev.dhmq.model.checkpoint;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.checkpoint.PickleValue.Constant;
import dev.dhmq.model.checkpoint.PickleValue.Dictionary;
import dev.dhmq.model.checkpoint.PickleValue.Name;
import dev.dhmq.model.checkpoint.PickleValue.Real;
import dev.dhmq.model.checkpoint.PickleValue.Sequence;
import dev.dhmq.model.checkpoint.PickleValue.Storage;
import dev.dhmq.model.checkpoint.PickleValue.StorageType;
import dev.dhmq.model.checkpoint.PickleValue.Text;
import dev.dhmq.model.checkpoint.PickleValue.Whole;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a pickle as data: protocols 2 to 4, as far as a state dict of tensors needs them.
 *
 * <p>A pickle is a program that may call anything. This machine knows the names of {@link PickleValue.Name} and of storage
 * classes, makes tensors and dictionaries where they are "called", and refuses every other name. Memory is bounded by the
 * pickle's size: every instruction makes one value at most.
 */
final class StateDictUnpickler {
    /** A state dict of 50,000 tensors has eight million bytes. */
    static final int MOST_BYTES = 8 << 20;

    private static final int MOST_VALUES = 1 << 20;
    private static final Map<String, DType> STORAGES = Map.of(
            "torch.DoubleStorage", DType.F64,
            "torch.FloatStorage", DType.F32,
            "torch.HalfStorage", DType.F16,
            "torch.BFloat16Storage", DType.BF16,
            "torch.LongStorage", DType.I64,
            "torch.IntStorage", DType.I32,
            "torch.ShortStorage", DType.I16,
            "torch.CharStorage", DType.I8,
            "torch.ByteStorage", DType.U8,
            "torch.BoolStorage", DType.BOOL);

    private final String where;
    private final ByteBuffer pickle;
    private final List<PickleValue> stack = new ArrayList<>();
    private final Map<Integer, PickleValue> memo = new HashMap<>();

    private StateDictUnpickler(String where, byte[] pickle) {
        this.where = where;
        this.pickle = ByteBuffer.wrap(pickle).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * The value that a pickle makes.
     *
     * @param where the file, for messages
     * @throws InvalidInputException where it is cut off, broken, or asks for more than a state dict does
     */
    static PickleValue read(String where, byte[] pickle) {
        if (pickle.length > MOST_BYTES) {
            throw new InvalidInputException(where + " describes its tensors in " + pickle.length + " bytes, where "
                    + MOST_BYTES + " are allowed; save model.state_dict() alone.");
        }
        try {
            return new StateDictUnpickler(where, pickle).run();
        } catch (BufferUnderflowException e) {
            throw new InvalidInputException(where + " is cut off within its description of the tensors.", e);
        }
    }

    private PickleValue run() {
        for (; ; ) {
            int instruction = Byte.toUnsignedInt(pickle.get());
            if (instruction == '.') {
                return pop();
            }
            if (stack.size() >= MOST_VALUES || memo.size() >= MOST_VALUES) {
                throw broken("it holds more than " + MOST_VALUES + " values at once");
            }
            step(instruction);
        }
    }

    private void step(int instruction) {
        switch (instruction) {
            case 0x80 -> require(unsignedByte() <= 5, "its protocol is newer than 5");
            case 0x95 -> pickle.getLong(); // the length of a frame, which says nothing new
            case '(' -> stack.add(Constant.MARK);
            case '0' -> pop();
            case 'N' -> stack.add(Constant.NONE);
            case 0x88 -> stack.add(Constant.TRUE);
            case 0x89 -> stack.add(Constant.FALSE);
            case 'J' -> stack.add(new Whole(pickle.getInt()));
            case 'K' -> stack.add(new Whole(unsignedByte()));
            case 'M' -> stack.add(new Whole(Short.toUnsignedInt(pickle.getShort())));
            case 0x8a -> stack.add(new Whole(wholeOfBytes(unsignedByte())));
            case 'G' -> stack.add(new Real(Double.longBitsToDouble(Long.reverseBytes(pickle.getLong()))));
            case 'X' -> stack.add(new Text(text(pickle.getInt())));
            case 0x8c -> stack.add(new Text(text(unsignedByte())));
            case ']' -> stack.add(new Sequence(new ArrayList<>()));
            case ')' -> stack.add(new Sequence(List.of()));
            case 0x85 -> stack.add(new Sequence(last(1)));
            case 0x86 -> stack.add(new Sequence(last(2)));
            case 0x87 -> stack.add(new Sequence(last(3)));
            case 't', 'l' -> stack.add(new Sequence(new ArrayList<>(sinceMark())));
            case '}' -> stack.add(new Dictionary());
            case 'a' -> append(last(1));
            case 'e' -> append(sinceMark());
            case 's' -> set(last(2));
            case 'u' -> set(sinceMark());
            case 'q' -> memo.put(unsignedByte(), top());
            case 'r' -> memo.put(pickle.getInt(), top());
            case 0x94 -> memo.put(memo.size(), top());
            case 'h' -> stack.add(remembered(unsignedByte()));
            case 'j' -> stack.add(remembered(pickle.getInt()));
            case 'c' -> stack.add(name(line() + "." + line()));
            case 0x93 -> nameFromStack();
            case 'R' -> call();
            case 'b' -> build();
            case 'Q' -> stack.add(storage());
            default -> throw broken(String.format("instruction 0x%02x is none that a state dict needs", instruction));
        }
    }

    private int unsignedByte() {
        return Byte.toUnsignedInt(pickle.get());
    }

    private long wholeOfBytes(int count) {
        require(count <= Long.BYTES, "a whole number has " + count + " bytes");
        long value = 0;
        for (int i = 0; i < count; i++) {
            value |= (long) unsignedByte() << (Byte.SIZE * i);
        }
        int unused = Long.SIZE - Byte.SIZE * count;
        return count == 0 ? 0 : value << unused >> unused;
    }

    private String text(int bytes) {
        require(bytes >= 0 && bytes <= pickle.remaining(), "a text is longer than the file");
        byte[] utf8 = new byte[bytes];
        pickle.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private String line() {
        int begin = pickle.position();
        while (pickle.get() != '\n') {
            // Up to the end of the line, or of the file.
        }
        return new String(Arrays.copyOfRange(pickle.array(), begin, pickle.position() - 1), StandardCharsets.UTF_8);
    }

    private PickleValue pop() {
        require(!stack.isEmpty(), "it takes from an empty stack");
        return stack.removeLast();
    }

    private PickleValue top() {
        require(!stack.isEmpty(), "it takes from an empty stack");
        return stack.getLast();
    }

    private List<PickleValue> last(int count) {
        require(stack.size() >= count, "it takes from an empty stack");
        return takeFrom(stack.size() - count);
    }

    private List<PickleValue> sinceMark() {
        int mark = stack.lastIndexOf(Constant.MARK);
        require(mark >= 0, "a run of values has no beginning");
        List<PickleValue> values = takeFrom(mark + 1);
        stack.removeLast();
        return values;
    }

    private List<PickleValue> takeFrom(int index) {
        List<PickleValue> tail = stack.subList(index, stack.size());
        List<PickleValue> values = List.copyOf(tail);
        tail.clear();
        return values;
    }

    private PickleValue remembered(int index) {
        PickleValue value = memo.get(index);
        if (value == null) {
            throw broken("it asks for value " + index + ", which it has not kept");
        }
        return value;
    }

    private void append(List<PickleValue> values) {
        if (!(top() instanceof Sequence list && list.items() instanceof ArrayList<PickleValue> items)) {
            throw broken("it appends to what is no list");
        }
        items.addAll(values);
    }

    private void set(List<PickleValue> keysAndValues) {
        if (!(top() instanceof Dictionary dictionary)) {
            throw broken("it sets a key of what is no dictionary");
        }
        require(keysAndValues.size() % 2 == 0, "a key has no value");
        for (int i = 0; i < keysAndValues.size(); i += 2) {
            dictionary.entries().put(key(keysAndValues.get(i)), keysAndValues.get(i + 1));
        }
    }

    private String key(PickleValue value) {
        return switch (value) {
            case Text text -> text.value();
            case Whole whole -> Long.toString(whole.value());
            case Constant constant -> constant.name();
            default -> throw broken("a dictionary has a key that is neither text nor number");
        };
    }

    private PickleValue name(String qualified) {
        DType storage = STORAGES.get(qualified);
        if (storage != null) {
            return new StorageType(storage);
        }
        for (Name known : Name.values()) {
            if (known.qualified().equals(qualified)) {
                return known;
            }
        }
        throw new InvalidInputException(where + " asks for " + printable(qualified)
                + ", which is no part of a state dict and is not run; save the weights alone, with"
                + " torch.save(model.state_dict(), path).");
    }

    /** A hostile name may be long or hold control characters. */
    private static String printable(String name) {
        String shown = name.length() > 80 ? name.substring(0, 80) + "..." : name;
        return shown.replaceAll("\\p{Cntrl}", "?");
    }

    private void nameFromStack() {
        List<PickleValue> parts = last(2);
        if (!(parts.get(0) instanceof Text module && parts.get(1) instanceof Text member)) {
            throw broken("a name is no text");
        }
        stack.add(name(module.value() + "." + member.value()));
    }

    private void call() {
        List<PickleValue> both = last(2);
        if (!(both.get(0) instanceof Name called && both.get(1) instanceof Sequence arguments)) {
            throw broken("it calls what is no function");
        }
        stack.add(TensorBuilding.call(called, arguments.items(), this::broken));
    }

    /** PyTorch hangs versions of modules on a state dict this way; nothing here needs them. */
    private void build() {
        pop();
        require(top() instanceof Dictionary, "it sets the state of what is no dictionary");
    }

    private Storage storage() {
        if (pop() instanceof Sequence id
                && id.items().size() >= 5
                && id.items().get(1) instanceof StorageType type
                && id.items().get(2) instanceof Text key
                && id.items().get(4) instanceof Whole elements
                && elements.value() >= 0) {
            return new Storage(key.value(), type.dtype(), elements.value());
        }
        throw broken("a tensor's storage is not described as PyTorch does");
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw broken(otherwise);
        }
    }

    private InvalidInputException broken(String why) {
        return new InvalidInputException(where + " is no state dict of PyTorch's: " + why + " (byte "
                + pickle.position() + " of the pickle); save it again with torch.save(model.state_dict(), path).");
    }
}
