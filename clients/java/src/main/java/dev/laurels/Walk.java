package dev.laurels;

import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;

/**
 * Asks for page after page, each only when the one before was used up.
 *
 * @param read the page that a token names, "" the first
 */
record Walk<T>(Function<String, Page<T>> read) implements Iterable<T> {
  /** What one call answered. */
  record Page<T>(List<T> items, String next) {}

  @Override
  public Iterator<T> iterator() {
    return new Iterator<>() {
      private Iterator<T> items = Collections.emptyIterator();
      private String next = "";
      private boolean begun;

      @Override
      public boolean hasNext() {
        while (!items.hasNext() && !(begun && next.isEmpty())) {
          Page<T> page = read.apply(next);
          begun = true;
          items = page.items().iterator();
          next = page.next();
        }
        return items.hasNext();
      }

      @Override
      public T next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return items.next();
      }
    };
  }
}
