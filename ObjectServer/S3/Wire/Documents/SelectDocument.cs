using System.Globalization;
using ObjectStore.Select;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Wire.Documents;

/// <summary>The body of SelectObjectContent. Source: S3 API reference, SelectObjectContent.</summary>
internal static class SelectDocument
{
    /// <summary>An expression of 256 KB, whose characters may each be written as a reference.</summary>
    public const int MaxBodyBytes = 2 * 1024 * 1024;

    /// <summary>Null when malformed.</summary>
    /// <exception cref="S3Exception">A value is not one of those that there are, or something is missing.</exception>
    public static SelectRequest? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return XmlBody.Parse(body, "SelectObjectContentRequest", Read) ?? XmlBody.Parse(body, "SelectRequest", Read);
        }
        catch (SelectException e)
        {
            throw new S3Exception(SelectErrors.Of(e), e);
        }
    }

    private static SelectRequest Read(XmlBody xml)
    {
        string? expression = null, type = null;
        Input? input = null;
        Output? output = null;
        ScanRange? range = null;
        var progress = false;
        xml.Children(name =>
        {
            switch (name)
            {
                case "Expression":
                    expression = xml.Text();
                    break;
                case "ExpressionType":
                    type = xml.Text().Trim();
                    break;
                case "InputSerialization":
                    input = ReadInput(xml);
                    break;
                case "OutputSerialization":
                    output = ReadOutput(xml);
                    break;
                case "RequestProgress":
                    xml.Children(child => progress = child == "Enabled" ? xml.Boolean() : throw XmlBody.Malformed());
                    break;
                case "ScanRange":
                    range = ReadRange(xml);
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });

        if (string.IsNullOrWhiteSpace(expression) || type is null || input is null || output is null) throw new SelectException(SelectErrorCode.MissingRequiredParameter);
        if (!type.Equals("SQL", StringComparison.OrdinalIgnoreCase)) throw new SelectException(SelectErrorCode.InvalidExpressionType);
        if (input.IsParquet) throw new SelectException(SelectErrorCode.InvalidDataSource, "Parquet is not supported. Only CSV and JSON are.");
        return new SelectRequest
        {
            Expression = expression,
            CsvInput = input.Csv,
            JsonInput = input.Json,
            Compression = input.Compression,
            CsvOutput = output.Csv,
            JsonOutput = output.Json,
            ScanRange = range,
            ReportsProgress = progress,
        };
    }

    private static Input ReadInput(XmlBody xml)
    {
        var input = new Input();
        xml.Children(name =>
        {
            switch (name)
            {
                case "CompressionType":
                    input.Compression = OneOf(xml.Text(), SelectErrorCode.InvalidCompressionFormat, ("NONE", SelectCompression.None), ("GZIP", SelectCompression.Gzip), ("BZIP2", SelectCompression.Bzip2));
                    break;
                case "CSV":
                    input.Csv = ReadCsvInput(xml);
                    break;
                case "JSON":
                    input.Json = ReadJsonInput(xml);
                    break;
                case "Parquet":
                    xml.Skip();
                    input.IsParquet = true;
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        return input;
    }

    private static CsvInput ReadCsvInput(XmlBody xml)
    {
        var csv = new CsvInput();
        char? escape = null;
        xml.Children(name =>
        {
            csv = name switch
            {
                "FileHeaderInfo" => csv with
                {
                    Header = OneOf(xml.Text(), SelectErrorCode.InvalidFileHeaderInfo, ("NONE", CsvHeader.None), ("USE", CsvHeader.Use), ("IGNORE", CsvHeader.Ignore)),
                },
                "FieldDelimiter" => csv with { FieldDelimiter = xml.Text() },
                "RecordDelimiter" => csv with { RecordDelimiter = xml.Text() },
                "QuoteCharacter" => csv with { Quote = Character(xml, name) },
                "QuoteEscapeCharacter" => csv with { Escape = (escape = Character(xml, name)).Value },
                "Comments" => csv with { Comment = xml.Text() is { Length: > 0 } text ? Single(text, name) : null },
                "AllowQuotedRecordDelimiter" => csv with { AllowsQuotedRecordDelimiter = xml.Boolean() },
                _ => throw XmlBody.Malformed(),
            };
        });
        return escape is null ? csv with { Escape = csv.Quote } : csv;
    }

    private static JsonInput ReadJsonInput(XmlBody xml)
    {
        bool? isLines = null;
        xml.Children(name => isLines = name == "Type" ? OneOf(xml.Text(), SelectErrorCode.InvalidJsonType, ("DOCUMENT", false), ("LINES", true)) : throw XmlBody.Malformed());
        return new JsonInput(isLines ?? throw new SelectException(SelectErrorCode.MissingRequiredParameter));
    }

    private static Output ReadOutput(XmlBody xml)
    {
        var output = new Output();
        xml.Children(name =>
        {
            switch (name)
            {
                case "CSV":
                    output.Csv = ReadCsvOutput(xml);
                    break;
                case "JSON":
                    var json = new JsonOutput();
                    xml.Children(child => json = child == "RecordDelimiter" ? new JsonOutput(xml.Text()) : throw XmlBody.Malformed());
                    output.Json = json;
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        return output;
    }

    private static CsvOutput ReadCsvOutput(XmlBody xml)
    {
        var csv = new CsvOutput();
        char? escape = null;
        xml.Children(name =>
        {
            csv = name switch
            {
                "QuoteFields" => csv with { QuotesAlways = OneOf(xml.Text(), SelectErrorCode.InvalidQuoteFields, ("ASNEEDED", false), ("ALWAYS", true)) },
                "FieldDelimiter" => csv with { FieldDelimiter = xml.Text() },
                "RecordDelimiter" => csv with { RecordDelimiter = xml.Text() },
                "QuoteCharacter" => csv with { Quote = Character(xml, name) },
                "QuoteEscapeCharacter" => csv with { Escape = (escape = Character(xml, name)).Value },
                _ => throw XmlBody.Malformed(),
            };
        });
        return escape is null ? csv with { Escape = csv.Quote } : csv;
    }

    private static ScanRange ReadRange(XmlBody xml)
    {
        long? start = null, end = null;
        xml.Children(name =>
        {
            switch (name)
            {
                case "Start":
                    start = Offset(xml.Text());
                    break;
                case "End":
                    end = Offset(xml.Text());
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        return new ScanRange(start, end);
    }

    private static long Offset(string text) =>
        long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var offset) ? offset : throw new SelectException(SelectErrorCode.InvalidScanRange);

    private static char Character(XmlBody xml, string name) => Single(xml.Text(), name);

    private static char Single(string text, string name) =>
        text is [var character] ? character : throw new SelectException(SelectErrorCode.InvalidRequestParameter, $"{name} must be one character.");

    private static T OneOf<T>(string text, SelectErrorCode error, params ReadOnlySpan<(string Name, T Value)> values)
    {
        foreach (var (name, value) in values)
        {
            if (name.Equals(text.Trim(), StringComparison.OrdinalIgnoreCase)) return value;
        }

        throw new SelectException(error);
    }

    private sealed class Input
    {
        public CsvInput? Csv { get; set; }

        public JsonInput? Json { get; set; }

        public bool IsParquet { get; set; }

        public SelectCompression Compression { get; set; }
    }

    private sealed class Output
    {
        public CsvOutput? Csv { get; set; }

        public JsonOutput? Json { get; set; }
    }
}
