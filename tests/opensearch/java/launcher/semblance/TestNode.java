package semblance;

import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A node for tests: TestNode opensearch|elasticsearch HOME CONFIGURATION OWNER. It is the server's own Node with
 * its modules and plugins, begun without the parts of the product's launcher that are not published
 * (the security agent) or not wanted here (checks for production). It ends with the process OWNER,
 * however that ends; 0: it stays until it gets a signal.
 *
 * <p>The server's classes are looked up by name, because a compiler older than they are cannot read
 * them.
 */
public final class TestNode {
    private static String product;

    private TestNode() {}

    public static void main(String[] arguments) throws Exception {
        product = arguments[0];
        AutoCloseable node = open(arguments[1], Path.of(arguments[2]));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
        long owner = Long.parseLong(arguments[3]);
        if (owner != 0) endWith(owner);
        node.getClass().getMethod("start").invoke(node);
        Thread.currentThread().join();
    }

    private static AutoCloseable open(String home, Path configuration) throws Exception {
        Class<?> settingsType = named("common.settings.Settings");
        Class<?> environmentType = named("env.Environment");
        Supplier<String> unnamed = () -> "unnamed";
        Class<?> logs = named("common.logging.LogConfigurator");
        // The one product logs before its logs are configured.
        if (isElasticsearch()) logs.getMethod("configureESLogging").invoke(null);
        Method prepare = named("node.InternalSettingsPreparer")
            .getMethod("prepareEnvironment", settingsType, Map.class, Path.class, Supplier.class);
        Object environment = prepare.invoke(
            null, settingsType.getField("EMPTY").get(null), Map.of("path.home", home), configuration, unnamed);
        Object settings = environmentType.getMethod("settings").invoke(environment);
        Object name = settingsType.getMethod("get", String.class).invoke(settings, "node.name");
        logs.getMethod("setNodeName", String.class).invoke(null, name);
        if (isElasticsearch()) {
            logs.getMethod("configure", environmentType, boolean.class).invoke(null, environment, true);
        } else {
            logs.getMethod("configure", environmentType).invoke(null, environment);
        }
        return (AutoCloseable) named("node.Node").getConstructor(environmentType).newInstance(environment);
    }

    private static Class<?> named(String name) throws ClassNotFoundException {
        return Class.forName("org." + product + "." + name);
    }

    private static boolean isElasticsearch() {
        return product.equals("elasticsearch");
    }

    private static void endWith(long owner) {
        ProcessHandle process = ProcessHandle.of(owner).orElse(null);
        if (process == null) System.exit(1);
        process.onExit().thenRun(() -> System.exit(0));
    }

    private static void close(AutoCloseable node) {
        try {
            node.close();
        } catch (Exception problem) {
            problem.printStackTrace();
        }
    }
}
