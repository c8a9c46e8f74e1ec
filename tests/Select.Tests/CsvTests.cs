using System.Text;

namespace ObjectStore.Select.Tests;

public sealed class CsvTests
{
    [Theory]
    [InlineData("a,b\n1,2\n", "a\n1\n")]
    [InlineData("a,b\n1,2", "a\n1\n")]
    [InlineData("\n\na\n\n", "a\n")]
    [InlineData("\"a,x\",b\n", "\"a,x\"\n")]
    [InlineData("\"a\"\"x\",b\n", "\"a\"\"x\"\n")]
    [InlineData("\"\",b\n", "\"\"\n")]
    [InlineData("a\"b,c\n", "\"a\"\"b\"\n")]
    [InlineData("\"a\"", "a\n")]
    [InlineData("\uFEFFa,b\n", "a\n")]
    public void Fields_are_read(string csv, string expected) => Harness.Csv("SELECT _1 FROM S3Object", csv).ShouldBe(expected);

    [Theory]
    [InlineData("\"a\nb\",c\n", SelectErrorCode.CSVEscapingRecordDelimiter)]
    [InlineData("\"a\"b,c\n", SelectErrorCode.CSVUnescapedQuote)]
    [InlineData("x,\"a", SelectErrorCode.CSVEscapingRecordDelimiter)]
    public void Broken_records_are_errors_even_in_columns_that_nobody_asks_for(string csv, SelectErrorCode expected) =>
        Harness.Error("SELECT _1 FROM S3Object", csv).ShouldBe(expected);

    [Fact]
    public void Quoted_record_delimiters_are_a_part_of_the_field_where_they_are_allowed()
    {
        var input = new CsvInput(AllowsQuotedRecordDelimiter: true);
        Harness.Csv("SELECT _2 FROM S3Object", "1,\"a\n\"\"b\"\n2,c\n", input).ShouldBe("\"a\n\"\"b\"\nc\n");
        Should.Throw<SelectException>(() => Harness.Csv("SELECT _2 FROM S3Object", "1,\"a\n2,c\n", input)).Code.ShouldBe(SelectErrorCode.CSVParsingError);
    }

    [Fact]
    public void Delimiters_quotes_escapes_and_comments_can_be_others()
    {
        var input = new CsvInput(FieldDelimiter: "|", RecordDelimiter: "\r\n", Quote: '\'', Escape: '\\', Comment: '#');
        var output = new CsvOutput(FieldDelimiter: ";", RecordDelimiter: "\n", Quote: '\'', Escape: '\\', QuotesAlways: true);
        Harness.Csv("SELECT * FROM S3Object", "# a comment\r\n1|'it\\'s|\\\\ \\n'\r\n2|b\r\n", input, output).ShouldBe("'1';'it\\'s|\\\\ \\\\n'\n'2';'b'\n");
    }

    [Fact]
    public void A_field_delimiter_may_be_any_character() =>
        Harness.Csv("SELECT _2 FROM S3Object", "a→b→c\n\"x→y\"→z\n", new CsvInput(FieldDelimiter: "→")).ShouldBe("b\nz\n");

    [Theory]
    [InlineData("name", "x\n")]
    [InlineData("NAME", "x\n")]
    [InlineData("\"Name\"", "x\n")]
    [InlineData("s.\"a b\"", "1\n")]
    [InlineData("_2", "1\n")]
    public void Columns_have_the_names_of_the_header(string column, string expected) =>
        Harness.Csv($"SELECT {column} FROM S3Object s", "Name,a b\nx,1\n", new CsvInput(CsvHeader.Use)).ShouldBe(expected);

    [Theory]
    [InlineData("other", SelectErrorCode.MissingHeaders)]
    [InlineData("\"name\"", SelectErrorCode.MissingHeaders)]
    [InlineData("twice", SelectErrorCode.AmbiguousFieldName)]
    public void Columns_that_the_header_does_not_have_once_are_refused(string column, SelectErrorCode expected) =>
        Harness.Error($"SELECT {column} FROM S3Object", "Name,twice,TWICE\nx,1,2\n", new CsvInput(CsvHeader.Use)).ShouldBe(expected);

    [Fact]
    public void A_header_can_be_ignored() => Harness.Csv("SELECT * FROM S3Object", "a,b\n1,2\n", new CsvInput(CsvHeader.Ignore)).ShouldBe("1,2\n");

    [Fact]
    public void Records_become_objects_of_json()
    {
        var request = new SelectRequest { Expression = "SELECT * FROM S3Object", CsvInput = new CsvInput(CsvHeader.Use), JsonOutput = new JsonOutput("|") };
        Harness.Records(request, "a,\"b\"\"\"\n1,x\\\n2,é\t\n"u8.ToArray()).ShouldBe("{\"a\":\"1\",\"b\\\"\":\"x\\\\\"}|{\"a\":\"2\",\"b\\\"\":\"é\\t\"}|");
    }

    [Fact]
    public void Typed_values_are_typed_in_json() =>
        Harness.Records(
            new SelectRequest
            {
                Expression = "SELECT CAST(_1 AS INT) AS i, _1 AS t, 1.50 AS d, _1 = 1 AS b, NULL AS n, _9 AS m, `2010-01-01T` FROM S3Object",
                CsvInput = new CsvInput(),
                JsonOutput = new JsonOutput(),
            },
            "1\n"u8.ToArray()).ShouldBe("{\"i\":1,\"t\":\"1\",\"d\":1.50,\"b\":true,\"n\":null,\"_7\":\"2010-01-01\"}\n");

    [Fact]
    public void A_record_longer_than_1_MiB_is_refused()
    {
        var row = new string('x', 1024 * 1024);
        Harness.Csv("SELECT COUNT(*) FROM S3Object", row + "\n" + row, chunkBytes: 100_000).ShouldBe("2\n");
        foreach (var csv in new[] { row + "x\n", row + "x", "\"" + row + "\"\n", "1\n" + row + row + row + "\n" })
            Should.Throw<InvalidOperationException>(() => Throwing(csv)).Message.ShouldBe("OverMaxRecordSize");

        static void Throwing(string csv)
        {
            try
            {
                Harness.Csv("SELECT COUNT(*) FROM S3Object", csv, new CsvInput(AllowsQuotedRecordDelimiter: true), chunkBytes: 100_000);
            }
            catch (SelectException e)
            {
                throw new InvalidOperationException(e.Code.ToString());
            }
        }
    }

    [Theory]
    [InlineData(0L, 3L, "1,a\n")]
    [InlineData(0L, 4L, "1,a\n2,b\n")]
    [InlineData(4L, 4L, "2,b\n")]
    [InlineData(5L, 7L, "")]
    [InlineData(5L, null, "3,c\n")]
    [InlineData(7L, 8L, "3,c\n")]
    [InlineData(100L, 200L, "")]
    [InlineData(null, 5L, "3,c\n")]
    [InlineData(null, 4L, "3,c\n")]
    [InlineData(null, 3L, "")]
    [InlineData(null, 100L, "1,a\n2,b\n3,c\n")]
    public void A_scan_range_has_the_records_that_begin_in_it(long? start, long? end, string expected)
    {
        foreach (var chunk in new[] { 1, 3, 4096 })
        {
            var request = new SelectRequest
            {
                Expression = "SELECT * FROM S3Object", CsvInput = new CsvInput(), CsvOutput = new CsvOutput(), ScanRange = new ScanRange(start, end),
            };
            Harness.Records(request, "1,a\n2,b\n3,c\n"u8.ToArray(), chunk).ShouldBe(expected);
        }
    }

    [Fact]
    public void Scan_ranges_that_meet_have_every_record_once()
    {
        var csv = Encoding.UTF8.GetBytes("h\r\n" + string.Concat(Enumerable.Range(0, 60).Select(n => new string('x', n % 9) + Harness.Number(n) + "\r\n")));
        for (var size = 1; size < 40; size++)
        {
            var all = new StringBuilder();
            for (var start = 0; start < csv.Length; start += size)
            {
                var request = new SelectRequest
                {
                    Expression = "SELECT h FROM S3Object", CsvInput = new CsvInput(CsvHeader.Use, RecordDelimiter: "\r\n"), CsvOutput = new CsvOutput(RecordDelimiter: "\r\n"),
                    ScanRange = new ScanRange(start, start + size - 1),
                };
                all.Append(Harness.Records(request, csv, 7));
            }

            ("h\r\n" + all).ShouldBe(Encoding.UTF8.GetString(csv), $"ranges of {size} bytes");
        }
    }

    [Theory]
    [InlineData(5L, 4L)]
    [InlineData(-1L, 4L)]
    [InlineData(null, null)]
    public void A_scan_range_that_is_none_is_refused(long? start, long? end) =>
        Should.Throw<SelectException>(() => new SelectQuery(new SelectRequest
        {
            Expression = "SELECT * FROM S3Object", CsvInput = new CsvInput(), CsvOutput = new CsvOutput(), ScanRange = new ScanRange(start, end),
        })).Code.ShouldBe(SelectErrorCode.InvalidScanRange);

    [Theory]
    [InlineData("", "\n")]
    [InlineData(",,", "\n")]
    [InlineData(",", "abc")]
    [InlineData("\n", "\n")]
    [InlineData("\"", "\n")]
    [InlineData(",", ",\n")]
    public void Delimiters_that_cannot_work_are_refused(string field, string record) =>
        Should.Throw<SelectException>(() => Harness.Csv("SELECT * FROM S3Object", "", new CsvInput(FieldDelimiter: field, RecordDelimiter: record)))
            .Code.ShouldBe(SelectErrorCode.InvalidRequestParameter);

    /// <summary>Whatever is written is read back the same, however the bytes are cut into pieces.</summary>
    [Fact]
    public void What_is_written_is_read_back_through_any_chunks()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        string[] pieces = ["a", "b", ",", "\"", "\\", "\n", "\r", "é", "→", ";", "'", "x", "1"];
        for (var round = 0; round < 60; round++)
        {
            var escape = random.Next(2) == 0 ? '"' : '\\';
            var (field, record) = (random.Next(3) switch { 0 => ",", 1 => ";", _ => "→" }, random.Next(2) == 0 ? "\n" : "\r\n");
            var always = random.Next(2) == 0;
            var rows = Enumerable.Range(0, random.Next(1, 6)).Select(_ => Enumerable.Range(0, random.Next(1, 5))
                .Select(_ => string.Concat(Enumerable.Range(0, random.Next(0, 7)).Select(_ => pieces[random.Next(pieces.Length)]))).ToArray()).ToArray();
            var csv = string.Concat(rows.Select(row => string.Join(field, row.Select(text => Quoted(text, escape))) + record));
            var input = new CsvInput(FieldDelimiter: field, RecordDelimiter: record, Escape: escape, AllowsQuotedRecordDelimiter: true);
            var output = new CsvOutput(FieldDelimiter: field, RecordDelimiter: record, Escape: escape, QuotesAlways: always);
            for (var chunk = 1; chunk <= 16; chunk++)
            {
                var first = Harness.Csv("SELECT * FROM S3Object", csv, input, output, chunk);
                Harness.Csv("SELECT * FROM S3Object", first, input, new CsvOutput(field, record, '"', escape, true), chunk).ShouldBe(csv, $"seed {seed}, chunk {chunk}");
            }
        }
    }

    [Fact]
    public void Any_garbage_is_read_alike_through_any_chunks()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var alphabet = "ab,\"\\\n\r#;"u8.ToArray();
        for (var round = 0; round < 300; round++)
        {
            var bytes = Enumerable.Range(0, random.Next(0, 40)).Select(_ => alphabet[random.Next(alphabet.Length)]).ToArray();
            var input = new CsvInput(Escape: random.Next(2) == 0 ? '"' : '\\', Comment: '#', AllowsQuotedRecordDelimiter: random.Next(2) == 0);
            var expected = Outcome(input, bytes, 4096);
            foreach (var chunk in new[] { 1, 2, 3, 5, 7 }) Outcome(input, bytes, chunk).ShouldBe(expected, $"seed {seed}: {Encoding.UTF8.GetString(bytes)}, chunk {chunk}");
        }

        static string Outcome(CsvInput input, byte[] bytes, int chunk)
        {
            try
            {
                return Harness.Records(new SelectRequest { Expression = "SELECT * FROM S3Object", CsvInput = input, CsvOutput = new CsvOutput() }, bytes, chunk);
            }
            catch (SelectException e)
            {
                return e.Code.ToString();
            }
        }
    }

    private static string Quoted(string text, char escape) =>
        '"' + string.Concat(text.Select(character => character == '"' || character == escape ? $"{escape}{character}" : character.ToString())) + '"';
}
