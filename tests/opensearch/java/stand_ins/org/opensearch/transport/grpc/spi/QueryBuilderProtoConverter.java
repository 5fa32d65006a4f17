package org.opensearch.transport.grpc.spi;

/** k-NN names this type of a module that is not published, and tests without gRPC never use it. */
public interface QueryBuilderProtoConverter {}
