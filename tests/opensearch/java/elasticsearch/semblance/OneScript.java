package semblance;

import java.util.Map;
import java.util.Set;
import org.elasticsearch.script.DocReader;
import org.elasticsearch.script.ScoreScript;
import org.elasticsearch.script.ScriptContext;
import org.elasticsearch.script.ScriptEngine;
import org.elasticsearch.search.lookup.SearchLookup;
import org.elasticsearch.script.VectorScoreScriptUtils.DotProduct;

/**
 * Stands in for Painless with the one script by which Semblance searches exactly: word for word that, and nothing else.
 * dotProduct is the product's own function, which Painless would call.
 */
final class OneScript implements ScriptEngine {
    private static final String SOURCE =
        "double x = dotProduct(params.q, 'embedding'); return x >= 0 ? 1 + x : 1 / (1 - x);";

    @Override
    public String getType() {
        return "painless";
    }

    @Override
    public <FactoryType> FactoryType compile(
        String name, String source, ScriptContext<FactoryType> context, Map<String, String> options) {
        if (!source.equals(SOURCE) || !context.equals(ScoreScript.CONTEXT)) {
            throw new IllegalArgumentException("there is no Painless here, and this is another script: " + source);
        }
        ScoreScript.Factory factory = Leaves::new;
        return context.factoryClazz.cast(factory);
    }

    @Override
    public Set<ScriptContext<?>> getSupportedContexts() {
        return Set.of(ScoreScript.CONTEXT);
    }

    private record Leaves(Map<String, Object> parameters, SearchLookup lookup) implements ScoreScript.LeafFactory {
        @Override
        public boolean needs_score() {
            return false;
        }

        @Override
        public ScoreScript newInstance(DocReader reader) {
            return new Script(parameters, lookup, reader);
        }
    }

    private static final class Script extends ScoreScript {
        private final DotProduct product;

        Script(Map<String, Object> parameters, SearchLookup lookup, DocReader reader) {
            super(parameters, lookup, reader);
            product = new DotProduct(this, parameters.get("q"), "embedding");
        }

        @Override
        public double execute(ExplanationHolder explanation) {
            double x = product.dotProduct();
            return x >= 0 ? 1 + x : 1 / (1 - x);
        }
    }
}
