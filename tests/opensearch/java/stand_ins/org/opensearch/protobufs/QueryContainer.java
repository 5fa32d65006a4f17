package org.opensearch.protobufs;

/** As QueryBuilderProtoConverter. */
public final class QueryContainer {
    private QueryContainer() {}

    /** Named in signatures only. */
    public enum QueryContainerCase {
        NOTHING
    }
}
