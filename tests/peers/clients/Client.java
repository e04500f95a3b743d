// usage: Client KIND PLACE: what clients.bats expects, sent by java-dogstatsd-client.
import com.timgroup.statsd.Event;
import com.timgroup.statsd.NonBlockingStatsDClientBuilder;
import com.timgroup.statsd.StatsDClient;

public class Client {
    public static void main(String[] words) throws InterruptedException {
        NonBlockingStatsDClientBuilder builder = new NonBlockingStatsDClientBuilder();
        builder.prefix("app").enableTelemetry(false)
            .enableAggregation(false).errorHandler(Throwable::printStackTrace);
        if (words[0].equals("udp"))
            builder.hostname("127.0.0.1").port(Integer.parseInt(words[1]));
        else
            builder.address((words[0].equals("unix") ? "unixstream://" : "unixgram://") + words[1]);
        try (StatsDClient client = builder.build()) {
            client.count("hits", 3);
            client.gauge("depth", 7);
            client.recordExecutionTime("time", 320);
            client.recordSetValue("users", "bob");
            client.recordEvent(Event.builder().withTitle("a title").withText("a text").build());
            Thread.sleep(2000);
        }
    }
}
