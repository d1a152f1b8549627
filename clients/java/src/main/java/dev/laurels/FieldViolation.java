package dev.laurels;

/** A field of a request that breaks its limits. */
public record FieldViolation(String field, String description) implements java.io.Serializable {}
