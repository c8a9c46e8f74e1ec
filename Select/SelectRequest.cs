namespace ObjectStore.Select;

/// <summary>How an object is compressed as a whole.</summary>
public enum SelectCompression
{
    None, Gzip, Bzip2,
}

/// <summary>What the first record of CSV is.</summary>
public enum CsvHeader
{
    None, Use, Ignore,
}

/// <summary>CSV that is read.</summary>
/// <param name="FieldDelimiter">One character.</param>
/// <param name="RecordDelimiter">One or two characters.</param>
/// <param name="Quote">One character of ASCII, as the next two.</param>
/// <param name="Escape">Stands before a quote inside quotes.</param>
/// <param name="Comment">At the beginning of a record makes it one that is skipped; null for none.</param>
/// <param name="AllowsQuotedRecordDelimiter">Whether a record may go on behind a record delimiter in quotes; else that is an error.</param>
public sealed record CsvInput(
    CsvHeader Header = CsvHeader.None,
    string FieldDelimiter = ",",
    string RecordDelimiter = "\n",
    char Quote = '"',
    char Escape = '"',
    char? Comment = null,
    bool AllowsQuotedRecordDelimiter = false);

/// <summary>JSON that is read.</summary>
/// <param name="IsLines">A value a line; else values of any number of lines.</param>
public sealed record JsonInput(bool IsLines);

/// <summary>CSV that is written.</summary>
/// <param name="QuotesAlways">Put every field in quotes, not only those that need them.</param>
public sealed record CsvOutput(
    string FieldDelimiter = ",",
    string RecordDelimiter = "\n",
    char Quote = '"',
    char Escape = '"',
    bool QuotesAlways = false);

/// <summary>JSON that is written, an object a record.</summary>
public sealed record JsonOutput(string RecordDelimiter = "\n");

/// <summary>Only the records that begin in these bytes, counted from 0, both included.</summary>
/// <param name="Start">Null with an end: the last <paramref name="End"/> bytes.</param>
/// <param name="End">Null for the object's end.</param>
public sealed record ScanRange(long? Start, long? End);

/// <summary>A query over one object. Exactly one of the inputs and one of the outputs is set.</summary>
public sealed record SelectRequest
{
    public required string Expression { get; init; }

    public CsvInput? CsvInput { get; init; }

    public JsonInput? JsonInput { get; init; }

    public SelectCompression Compression { get; init; }

    public CsvOutput? CsvOutput { get; init; }

    public JsonOutput? JsonOutput { get; init; }

    public ScanRange? ScanRange { get; init; }

    /// <summary>Tell of the progress while the query runs.</summary>
    public bool ReportsProgress { get; init; }
}

/// <summary>The bytes of the object, which may be opened more than once.</summary>
public interface ISelectSource
{
    long LengthBytes { get; }

    /// <summary>The bytes from <paramref name="offset"/> to the end. Disposing it stops the reading.</summary>
    Stream Open(long offset);
}
