package io.antiphon.csv;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import io.antiphon.data.DataException;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;

/// The rows of an open CSV file, by RFC 4180: fields may be in double quotes, and hold separators,
/// quotes doubled, and ends of lines then. UTF-8, with or without a byte-order mark; plain or gzip.
final class CsvFile implements AutoCloseable {
  private static final String SEPARATORS = ",;\t|";
  private static final int PEEKED = 1 << 16;
  private static final int BYTE_ORDER_MARK = '\ufeff';

  /// A line after the last one, of a character that no text has: it is a row of its own, unless a
  /// quote is open.
  private static final String END = "\uffff";

  private static final String END_LINE = "\n" + END;

  private final Path file;
  private final CsvReader<CsvRecord> reader;
  private final Iterator<CsvRecord> records;
  private final List<String> header;
  private Optional<CsvRecord> first = Optional.empty();
  private long line;

  private CsvFile(Path file, CsvReader<CsvRecord> reader, boolean hasHeader) {
    this.file = file;
    this.reader = reader;
    records = reader.iterator();
    Optional<CsvRecord> top = record();
    if (top.isEmpty()) {
      throw new DataException("%s is empty".formatted(file));
    }
    if (hasHeader) {
      header = header(top.get());
    } else {
      first = top;
      int fields = top.get().getFieldCount();
      header = IntStream.rangeClosed(1, fields).mapToObj(Integer::toString).toList();
    }
  }

  /// Opens a file and reads its header.
  ///
  /// @param separator what is between fields; empty to find it out from the first line
  /// @param hasHeader whether the first line names the columns; else they are `1`, `2` and so on
  static CsvFile open(Path file, String separator, boolean hasHeader) {
    try {
      var text = new BufferedReader(reader(file), PEEKED);
      try {
        skipByteOrderMark(text);
        String between = separator.isEmpty() ? separator(text) : separator;
        CsvReader<CsvRecord> reader =
            CsvReader.builder()
                .fieldSeparator(between)
                .allowExtraFields(true)
                .allowMissingFields(true)
                .ofCsvRecord(text);
        return new CsvFile(file, reader, hasHeader);
      } catch (IOException | RuntimeException e) {
        text.close();
        throw e;
      }
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static Reader reader(Path file) throws IOException {
    var end = new ByteArrayInputStream(END_LINE.getBytes(StandardCharsets.UTF_8));
    return new InputStreamReader(
        new SequenceInputStream(bytes(file), end), StandardCharsets.UTF_8.newDecoder());
  }

  private static InputStream bytes(Path file) throws IOException {
    var in = new BufferedInputStream(Files.newInputStream(file), PEEKED);
    try {
      in.mark(2);
      boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
      in.reset();
      return gzip ? new GZIPInputStream(in, PEEKED) : in;
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  private static void skipByteOrderMark(BufferedReader text) throws IOException {
    text.mark(1);
    if (text.read() != BYTE_ORDER_MARK) {
      text.reset();
    }
  }

  /// {@return the separator that the first line has most of outside quotes, a comma if none}
  private static String separator(BufferedReader text) throws IOException {
    text.mark(PEEKED);
    var counts = new int[SEPARATORS.length()];
    boolean quoted = false;
    for (int i = 0; i < PEEKED - 1; i++) {
      int c = text.read();
      if (c < 0 || (!quoted && (c == '\n' || c == '\r'))) {
        break;
      }
      quoted ^= c == '"';
      int index = quoted ? -1 : SEPARATORS.indexOf(c);
      if (index >= 0) {
        counts[index]++;
      }
    }
    text.reset();
    int best = 0;
    for (int i = 1; i < counts.length; i++) {
      best = counts[i] > counts[best] ? i : best;
    }
    return SEPARATORS.substring(best, best + 1);
  }

  private List<String> header(CsvRecord top) {
    var names = new ArrayList<String>();
    var seen = new HashSet<String>();
    for (String field : top.getFields()) {
      String name = field.strip();
      // as pandas' and R's own index column: a name is needed to speak of it
      name = name.isEmpty() ? "column " + (names.size() + 1) : name;
      if (!seen.add(name)) {
        throw new DataException(
            "%s:%d: two columns are named '%s'".formatted(file, top.getStartingLineNumber(), name));
      }
      names.add(name);
    }
    return List.copyOf(names);
  }

  /// {@return the names of the columns}
  List<String> header() {
    return header;
  }

  /// {@return the next row, its fields as many as the header's; nothing at the end}
  Optional<CsvRecord> next() {
    Optional<CsvRecord> record = first.isPresent() ? first : record();
    first = Optional.empty();
    record.ifPresent(row -> {
      line = row.getStartingLineNumber();
      if (row.getFieldCount() != header.size()) {
        throw new DataException(
            "%s:%d: the row has %s, the first line %d; quote fields that hold the separator%s"
                .formatted(file, line, fields(row.getFieldCount()), header.size(), overLines(row)));
      }
    });
    return record;
  }

  private static String overLines(CsvRecord row) {
    boolean goesOn = row.getFields().stream().anyMatch(field -> field.contains("\n"));
    return goesOn ? ", or close the quote that lets the row go on over lines" : "";
  }

  private static String fields(int count) {
    return count == 1 ? "1 field" : count + " fields";
  }

  private Optional<CsvRecord> record() {
    try {
      return records.hasNext() ? checked(records.next()) : Optional.empty();
    } catch (UncheckedIOException e) {
      IOException cause = e.getCause();
      throw unreadable(file, cause == null ? new IOException(e) : cause);
    } catch (CsvParseException e) {
      if (e.getCause() instanceof IOException io) {
        throw unreadable(file, io);
      }
      Throwable reason = e.getCause() == null ? e : e.getCause();
      throw new DataException(
          "%s: no CSV after line %d (%s); a quote is closed where its field ends, and one within is written twice"
              .formatted(file, line, reason.getMessage()),
          e);
    }
  }

  private Optional<CsvRecord> checked(CsvRecord row) {
    String last = row.getField(row.getFieldCount() - 1);
    if (last.endsWith(END_LINE)) {
      throw new DataException(
          "%s:%d: a quote opens in this row that is never closed"
              .formatted(file, row.getStartingLineNumber()));
    }
    return row.getFieldCount() == 1 && last.equals(END) ? Optional.empty() : Optional.of(row);
  }

  private static DataException unreadable(Path file, IOException e) {
    return e instanceof CharacterCodingException
        ? DataException.notUtf8(file, otherLine(file), e)
        : DataException.unreadable(file, e);
  }

  /// {@return the first line that is not UTF-8: what reads the rows is ahead of them}
  private static long otherLine(Path file) {
    try (InputStream in = new BufferedInputStream(bytes(file))) {
      var bytes = new ByteArrayOutputStream();
      for (long line = 1; ; line++) {
        int next;
        while ((next = in.read()) >= 0 && next != '\n') {
          bytes.write(next);
        }
        try {
          var _ = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray()));
        } catch (CharacterCodingException _) {
          return line;
        }
        if (next < 0) {
          return line;
        }
        bytes.reset();
      }
    } catch (IOException e) {
      throw DataException.unreadable(file, e);
    }
  }

  @Override
  public void close() {
    try {
      reader.close();
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }
}
