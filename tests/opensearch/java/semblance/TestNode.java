package semblance;

import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;

/**
 * An OpenSearch node for tests: TestNode HOME CONFIGURATION OWNER. It is the server's own Node with
 * its modules and plugins, begun without the parts of the product's launcher that are not published
 * (the security agent) or not wanted here (checks for production). It ends with the process OWNER,
 * however that ends; 0: it stays until it gets a signal.
 *
 * <p>The server's classes are looked up by name, because a compiler older than they are cannot read
 * them.
 */
public final class TestNode {
    private TestNode() {}

    public static void main(String[] arguments) throws Exception {
        AutoCloseable node = open(arguments[0], Path.of(arguments[1]));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
        long owner = Long.parseLong(arguments[2]);
        if (owner != 0) endWith(owner);
        node.getClass().getMethod("start").invoke(node);
        Thread.currentThread().join();
    }

    private static AutoCloseable open(String home, Path configuration) throws Exception {
        Class<?> settingsType = named("common.settings.Settings");
        Class<?> environmentType = named("env.Environment");
        Supplier<String> unnamed = () -> "unnamed";
        Method prepare = named("node.InternalSettingsPreparer")
            .getMethod("prepareEnvironment", settingsType, Map.class, Path.class, Supplier.class);
        Object environment = prepare.invoke(
            null, settingsType.getField("EMPTY").get(null), Map.of("path.home", home), configuration, unnamed);
        Object settings = environmentType.getMethod("settings").invoke(environment);
        Object name = settingsType.getMethod("get", String.class).invoke(settings, "node.name");
        Class<?> logs = named("common.logging.LogConfigurator");
        logs.getMethod("setNodeName", String.class).invoke(null, name);
        logs.getMethod("configure", environmentType).invoke(null, environment);
        return (AutoCloseable) named("node.Node").getConstructor(environmentType).newInstance(environment);
    }

    private static Class<?> named(String name) throws ClassNotFoundException {
        return Class.forName("org.opensearch." + name);
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
