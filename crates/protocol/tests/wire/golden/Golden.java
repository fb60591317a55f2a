import java.nio.ByteBuffer;
import java.nio.file.*;
import java.util.*;
import org.apache.kafka.common.protocol.*;

/** Has Apache Kafka read the messages of a file and write them again: see golden.rs. */
public class Golden {
    public static void main(String[] args) throws Exception {
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of(args[0]))) {
            if (line.startsWith("#") || line.isEmpty()) {
                lines.add(line);
                continue;
            }
            String[] words = line.split(" ", -1);
            short version = Short.parseShort(words[1]);
            Message message = (Message) find(words[0]).getDeclaredConstructor().newInstance();
            if (!words[2].equals("default")) {
                ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(words[3]));
                message.read(new ByteBufferAccessor(bytes), version);
                if (bytes.hasRemaining()) throw new IllegalStateException("bytes are left: " + line);
            }
            ByteBuffer written = MessageUtil.toByteBufferAccessor(message, version).buffer();
            byte[] bytes = new byte[written.remaining()];
            written.get(bytes);
            lines.add(words[0] + " " + version + " " + words[2] + " " + HexFormat.of().formatHex(bytes));
        }
        Files.write(Path.of(args[0]), lines);
    }

    static Class<?> find(String name) throws ClassNotFoundException {
        for (String full : List.of("common.message." + name + "Data", "common.message." + name, "coordinator.group.generated." + name)) {
            try {
                return Class.forName("org.apache.kafka." + full);
            } catch (ClassNotFoundException e) {
                // the next one
            }
        }
        throw new ClassNotFoundException(name);
    }
}
