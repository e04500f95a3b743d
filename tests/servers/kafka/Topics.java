// usage: java Topics BROKERS [create NAME PARTITIONS [KEY=VALUE]… | set NAME KEY=VALUE… | wait FILE]…
//
// Makes topics, or changes their configuration, with one start of Java for all. `wait` prints a line and
// goes on when there is such a file.
import java.nio.file.*;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.config.ConfigResource;

public class Topics {
    // The broker hears of a new topic a little after its maker.
    static boolean isKnown(Admin admin, List<ConfigResource> made) throws InterruptedException {
        try {
            admin.describeConfigs(made).all().get();
            return true;
        } catch (java.util.concurrent.ExecutionException e) {
            return false;
        }
    }

    public static void main(String[] words) throws Exception {
        var queue = new ArrayDeque<>(List.of(words));
        var properties = new Properties();
        properties.put("bootstrap.servers", queue.remove());
        var made = new ArrayList<ConfigResource>();
        try (var admin = Admin.create(properties)) {
            while (!queue.isEmpty()) {
                String verb = queue.remove(), name = queue.remove();
                boolean isNew = verb.equals("create");
                if (verb.equals("wait")) {
                    admin.listTopics().names().get();
                    System.out.println("waits");
                    while (!Files.exists(Path.of(name)))
                        Thread.sleep(10);
                    continue;
                }
                int partitions = isNew ? Integer.parseInt(queue.remove()) : 0;
                var configuration = new LinkedHashMap<String, String>();
                while (!queue.isEmpty() && queue.peek().contains("=")) {
                    String[] pair = queue.remove().split("=", 2);
                    configuration.put(pair[0], pair[1]);
                }
                if (isNew) {
                    var topic = new NewTopic(name, partitions, (short) 1).configs(configuration);
                    made.add(new ConfigResource(ConfigResource.Type.TOPIC, name));
                    admin.createTopics(List.of(topic)).all().get();
                } else {
                    var changes = new ArrayList<AlterConfigOp>();
                    configuration.forEach((key, value) -> changes.add(
                        new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
                    var resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
                    admin.incrementalAlterConfigs(Map.of(resource, changes)).all().get();
                }
            }
            while (!isKnown(admin, made))
                Thread.sleep(20);
        }
    }
}
