using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Select;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>SelectObjectContent through the AWS SDK. What the language means is tested in Select.Tests.</summary>
public sealed class SelectTests(SdkServer server) : IClassFixture<SdkServer>
{
    private const string Csv = "id,name\n1,one\n2,\"tw,o\"\n3,three\n";

    [Fact]
    public async Task Records_of_csv_come_with_their_statistics()
    {
        var bucket = await BucketAsync(Csv);
        var request = Request(bucket, "SELECT s.name FROM S3Object s WHERE CAST(s.id AS INT) >= 2");
        request.RequestProgress = true;
        var answer = await RunAsync(request);
        answer.Records.ShouldBe("\"tw,o\"\nthree\n");
        answer.Stats!.BytesScanned.ShouldBe(Csv.Length);
        answer.Stats.BytesReturned.ShouldBe(answer.Records.Length);
        answer.Progress!.BytesProcessed.ShouldBe(Csv.Length);
        answer.HasEnded.ShouldBeTrue();
    }

    [Fact]
    public async Task Json_in_and_out_and_compressed()
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write("{\"a\":[{\"b\":1},{\"b\":2}]}"u8);
        var bucket = await server.NewBucketAsync();
        await server.Client.PutObjectAsync(new() { BucketName = bucket, Key = "key", InputStream = compressed });
        var request = Request(bucket, "SELECT * FROM S3Object[*].a[*] s WHERE s.b > 1");
        request.InputSerialization = new() { CompressionType = CompressionType.Gzip, JSON = new() { JsonType = JsonType.Document } };
        request.OutputSerialization = new() { JSON = new() { RecordDelimiter = ";" } };
        (await RunAsync(request)).Records.ShouldBe("{\"b\":2};");
    }

    [Fact]
    public async Task An_object_of_parts_is_one_object_and_a_scan_range_a_piece_of_it()
    {
        var bucket = await server.NewBucketAsync();
        var upload = (await server.Client.InitiateMultipartUploadAsync(bucket, "key")).UploadId;
        var first = string.Concat(Enumerable.Range(0, 1_000_000).Select(n => n.ToString(CultureInfo.InvariantCulture) + "\n")) + "77";
        var parts = new List<PartETag>();
        foreach (var (number, text) in new[] { (1, first), (2, "77777\n1\n") })
        {
            using var body = new MemoryStream(Encoding.ASCII.GetBytes(text));
            var part = await server.Client.UploadPartAsync(new() { BucketName = bucket, Key = "key", UploadId = upload, PartNumber = number, InputStream = body });
            parts.Add(new PartETag(number, part.ETag));
        }

        await server.Client.CompleteMultipartUploadAsync(new() { BucketName = bucket, Key = "key", UploadId = upload, PartETags = parts });
        var request = Request(bucket, "SELECT COUNT(*), MAX(CAST(_1 AS INT)) FROM S3Object");
        request.InputSerialization.CSV.FileHeaderInfo = FileHeaderInfo.None;
        (await RunAsync(request)).Records.ShouldBe("1000002,7777777\n");
        request.Expression = "SELECT * FROM S3Object";
        request.ScanRange = new() { Start = first.Length - 2 };
        (await RunAsync(request)).Records.ShouldBe("7777777\n1\n");
    }

    [Fact]
    public async Task One_query_too_many_is_told_to_slow_down()
    {
        await using var s3 = await OperationHarness.OpenAsync(configure: options => options with { SelectTurns = new SelectTurns(1, 0) });
        await s3.SendAsync("PUT", "/bucket");
        await s3.SendAsync("PUT", "/bucket/key", Csv);
        var answer = await s3.SendAsync("POST", "/bucket/key?select&select-type=2", Document("SELECT name FROM S3Object"));
        (answer.Status, answer.Text.Contains("<Code>SlowDown</Code>", StringComparison.Ordinal)).ShouldBe((503, true));
    }

    [Fact]
    public async Task An_object_under_a_customers_key_needs_the_key()
    {
        var key = Convert.ToBase64String(Enumerable.Range(0, 32).Select(n => (byte)n).ToArray());
        const string prefix = "x-amz-server-side-encryption-customer-";
        (string, string)[] headers =
            [(prefix + "algorithm", "AES256"), (prefix + "key", key), (prefix + "key-MD5", Convert.ToBase64String(MD5.HashData(Convert.FromBase64String(key))))];
        var document = Document("SELECT name FROM S3Object");
        await using var s3 = await OperationHarness.OpenAsync(configure: options => options with { AllowCustomerKeysWithoutTls = true });
        await s3.SendAsync("PUT", "/bucket");
        foreach (var csv in new[] { Csv, Csv + new string('x', 100_000) + ",z\n" })
        {
            (await s3.SendAsync("PUT", "/bucket/key", csv, headers)).Status.ShouldBe(200);
            (await s3.SendAsync("POST", "/bucket/key?select&select-type=2", document, headers)).Text.ShouldContain("\"tw,o\"\nthree\n");
            (await s3.SendAsync("POST", "/bucket/key?select&select-type=2", document)).Outcome.ShouldBe("400 InvalidRequest");
            (await s3.SendAsync("POST", "/bucket/key?select&select-type=2&versionId=null", document, headers)).Outcome.ShouldBe("400 InvalidArgument");
        }
    }

    [Theory]
    [InlineData("", "400 EmptyRequestBody")]
    [InlineData("<SelectObjectContentRequest>", "400 MalformedXML")]
    [InlineData("<SelectObjectContentRequest><Nonsense/></SelectObjectContentRequest>", "400 MalformedXML")]
    [InlineData("<SelectObjectContentRequest/>", "400 MissingRequiredParameter")]
    [InlineData("<SelectObjectContentRequest>{E}<ExpressionType>QL</ExpressionType>{I}{O}</SelectObjectContentRequest>", "400 InvalidExpressionType")]
    [InlineData("<SelectObjectContentRequest>{E}{T}{I}</SelectObjectContentRequest>", "400 MissingRequiredParameter")]
    [InlineData("<SelectObjectContentRequest>{E}{T}{I}{O}<ScanRange><Start>5</Start><End>4</End></ScanRange></SelectObjectContentRequest>", "400 InvalidScanRange")]
    [InlineData("<SelectObjectContentRequest>{E}{T}{I}{O}<ScanRange><Start>x</Start></ScanRange></SelectObjectContentRequest>", "400 InvalidScanRange")]
    [InlineData("<SelectObjectContentRequest>{E}{T}<InputSerialization><CSV/><JSON><Type>LINES</Type></JSON></InputSerialization>{O}</SelectObjectContentRequest>", "400 ObjectSerializationConflict")]
    [InlineData("<SelectObjectContentRequest>{E}{T}<InputSerialization><JSON><Type>ROWS</Type></JSON></InputSerialization>{O}</SelectObjectContentRequest>", "400 InvalidJsonType")]
    [InlineData("<SelectObjectContentRequest>{E}{T}<InputSerialization><CompressionType>ZIP</CompressionType><CSV/></InputSerialization>{O}</SelectObjectContentRequest>", "400 InvalidCompressionFormat")]
    [InlineData("<SelectObjectContentRequest>{E}{T}<InputSerialization><CSV><FileHeaderInfo>YES</FileHeaderInfo></CSV></InputSerialization>{O}</SelectObjectContentRequest>", "400 InvalidFileHeaderInfo")]
    [InlineData("<SelectObjectContentRequest>{E}{T}<InputSerialization><CSV><QuoteCharacter>ab</QuoteCharacter></CSV></InputSerialization>{O}</SelectObjectContentRequest>", "400 InvalidRequestParameter")]
    [InlineData("<SelectObjectContentRequest>{E}{T}{I}<OutputSerialization><CSV><QuoteFields>NEVER</QuoteFields></CSV></OutputSerialization></SelectObjectContentRequest>", "400 InvalidQuoteFields")]
    public async Task A_document_that_is_wrong_is_refused(string document, string outcome)
    {
        document = document.Replace("{E}", "<Expression>SELECT * FROM S3Object</Expression>", StringComparison.Ordinal)
            .Replace("{T}", "<ExpressionType>SQL</ExpressionType>", StringComparison.Ordinal)
            .Replace("{I}", "<InputSerialization><CSV/></InputSerialization>", StringComparison.Ordinal)
            .Replace("{O}", "<OutputSerialization><CSV/></OutputSerialization>", StringComparison.Ordinal);
        await using var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket");
        await s3.SendAsync("PUT", "/bucket/key", Csv);
        (await s3.SendAsync("POST", "/bucket/key?select&select-type=2", document)).Outcome.ShouldBe(outcome);
    }

    [Theory]
    [InlineData("SELECT * FORM S3Object", "ParseUnexpectedToken")]
    [InlineData("SELECT absent FROM S3Object", "MissingHeaders")]
    [InlineData("SELECT CAST(name AS INT) FROM S3Object", "CastFailed")]
    public async Task A_query_that_is_wrong_is_answered_with_its_error(string expression, string code)
    {
        var bucket = await BucketAsync(Csv);
        var fault = await Should.ThrowAsync<AmazonS3Exception>(() => RunAsync(Request(bucket, expression)));
        fault.ErrorCode.ShouldBe(code);
        fault.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_query_that_fails_late_ends_with_an_error_event()
    {
        var csv = "id\n" + string.Concat(Enumerable.Range(0, 100_000).Select(n => n.ToString(CultureInfo.InvariantCulture) + "\n")) + "x\n";
        var bucket = await BucketAsync(csv);
        // The SDK takes the code for a number, which it is not; what it says of it is of no use.
        await Should.ThrowAsync<S3EventStreamException>(() => RunAsync(Request(bucket, "SELECT CAST(id AS INT) FROM S3Object")));

        await using var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket");
        await s3.SendAsync("PUT", "/bucket/key", csv);
        var answer = await s3.SendAsync("POST", "/bucket/key?select&select-type=2", Document("SELECT CAST(id AS INT) FROM S3Object"));
        answer.Status.ShouldBe(200);
        answer.Text.ShouldContain("99999\n");
        answer.Text.ShouldContain("CastFailed");
        answer.Text.ShouldContain("The text 'x' could not be converted to INT.");
    }

    [Fact]
    public async Task What_is_not_there_is_not_there()
    {
        var bucket = await server.NewBucketAsync();
        (await Should.ThrowAsync<AmazonS3Exception>(() => RunAsync(Request(bucket, "SELECT * FROM S3Object")))).ErrorCode.ShouldBe("NoSuchKey");
    }

    [Fact]
    public async Task The_anonymous_may_not_select()
    {
        var bucket = await BucketAsync(Csv);
        using var nobody = server.ClientOf(new AnonymousAWSCredentials());
        (await Should.ThrowAsync<AmazonS3Exception>(() => nobody.SelectObjectContentAsync(Request(bucket, "SELECT * FROM S3Object")))).ErrorCode.ShouldBe("AccessDenied");
    }

    [Fact]
    public async Task Parquet_is_refused()
    {
        var bucket = await BucketAsync(Csv);
        var request = Request(bucket, "SELECT * FROM S3Object");
        request.InputSerialization = new() { Parquet = new() };
        (await Should.ThrowAsync<AmazonS3Exception>(() => RunAsync(request))).ErrorCode.ShouldBe("InvalidDataSource");
    }

    private static string Document(string expression) =>
        $"<SelectObjectContentRequest><Expression>{expression}</Expression><ExpressionType>SQL</ExpressionType><InputSerialization><CSV>"
        + "<FileHeaderInfo>USE</FileHeaderInfo></CSV></InputSerialization><OutputSerialization><CSV/></OutputSerialization></SelectObjectContentRequest>";

    private async Task<string> BucketAsync(string content)
    {
        var bucket = await server.NewBucketAsync();
        await server.Client.PutObjectAsync(new() { BucketName = bucket, Key = "key", ContentBody = content });
        return bucket;
    }

    private static SelectObjectContentRequest Request(string bucket, string expression) => new()
    {
        BucketName = bucket,
        Key = "key",
        Expression = expression,
        ExpressionType = ExpressionType.SQL,
        InputSerialization = new() { CSV = new() { FileHeaderInfo = FileHeaderInfo.Use } },
        OutputSerialization = new() { CSV = new() },
    };

    private async Task<Answer> RunAsync(SelectObjectContentRequest request)
    {
        var response = await server.Client.SelectObjectContentAsync(request);
        var answer = new Answer();
        using var records = new MemoryStream();
        foreach (var message in response.Payload)
        {
            switch (message)
            {
                case RecordsEvent part:
                    await part.Payload.CopyToAsync(records);
                    break;
                case StatsEvent stats:
                    answer.Stats = stats.Details;
                    break;
                case ProgressEvent progress:
                    answer.Progress = progress.Details;
                    break;
                case EndEvent:
                    answer.HasEnded = true;
                    break;
            }
        }

        answer.Records = Encoding.UTF8.GetString(records.ToArray());
        return answer;
    }

    private sealed class Answer
    {
        public string Records { get; set; } = "";

        public Stats? Stats { get; set; }

        public Progress? Progress { get; set; }

        public bool HasEnded { get; set; }
    }
}
