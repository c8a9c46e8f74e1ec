using System.Text;
using System.Xml.Linq;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.ObjectServer.Tests.S3.Errors;

public sealed class S3ErrorTableTests
{
    [Fact]
    public void Every_code_has_one_row()
    {
        S3ErrorTable.Rows.Select(row => row.Code).Order().ShouldBe(Enum.GetValues<S3ErrorCode>());
        foreach (var code in Enum.GetValues<S3ErrorCode>()) S3ErrorTable.Row(code).Code.ShouldBe(code);
        S3ErrorTable.Rows.ShouldAllBe(row => row.Text.Length > 0 && row.Status >= 300 && row.Status < 600);
    }

    [Theory]
    [InlineData("AccessDenied", 403)]
    [InlineData("AuthorizationHeaderMalformed", 400)]
    [InlineData("AuthorizationQueryParametersError", 400)]
    [InlineData("BadDigest", 400)]
    [InlineData("BucketAlreadyExists", 409)]
    [InlineData("BucketAlreadyOwnedByYou", 409)]
    [InlineData("BucketNotEmpty", 409)]
    [InlineData("ConditionalRequestConflict", 409)]
    [InlineData("EntityTooLarge", 400)]
    [InlineData("EntityTooSmall", 400)]
    [InlineData("IncompleteBody", 400)]
    [InlineData("InternalError", 500)]
    [InlineData("InvalidAccessKeyId", 403)]
    [InlineData("InvalidArgument", 400)]
    [InlineData("InvalidBucketName", 400)]
    [InlineData("InvalidChunkSizeError", 403)]
    [InlineData("InvalidDigest", 400)]
    [InlineData("InvalidPart", 400)]
    [InlineData("InvalidPartOrder", 400)]
    [InlineData("InvalidRange", 416)]
    [InlineData("InvalidURI", 400)]
    [InlineData("KeyTooLongError", 400)]
    [InlineData("MalformedTrailerError", 400)]
    [InlineData("MalformedXML", 400)]
    [InlineData("MethodNotAllowed", 405)]
    [InlineData("MissingContentLength", 411)]
    [InlineData("MissingSecurityHeader", 400)]
    [InlineData("NoSuchBucket", 404)]
    [InlineData("NoSuchKey", 404)]
    [InlineData("NoSuchUpload", 404)]
    [InlineData("NoSuchVersion", 404)]
    [InlineData("NotImplemented", 501)]
    [InlineData("NotModified", 304)]
    [InlineData("OperationAborted", 409)]
    [InlineData("PreconditionFailed", 412)]
    [InlineData("RequestTimeTooSkewed", 403)]
    [InlineData("RequestTimeout", 400)]
    [InlineData("ServiceUnavailable", 503)]
    [InlineData("SignatureDoesNotMatch", 403)]
    [InlineData("SlowDown", 503)]
    [InlineData("XAmzContentSHA256Mismatch", 400)]
    public void Codes_have_the_statuses_that_aws_documents(string code, int status)
    {
        var row = S3ErrorTable.Row(Enum.Parse<S3ErrorCode>(code));
        row.Name.ShouldBe(code);
        row.Status.ShouldBe(status);
    }

    [Fact]
    public void Every_fault_of_the_object_service_has_an_error()
    {
        foreach (var fault in Enum.GetValues<ObjectFault>())
        {
            if (fault == ObjectFault.None) continue;
            var error = S3FaultMap.Map(new Failure(fault));
            if (fault != ObjectFault.UnknownOutcome) error.Code.ShouldNotBe(S3ErrorCode.InternalError, fault.ToString());
        }
        S3FaultMap.Map(new InvalidOperationException("a secret of ours")).ShouldBe(new S3Error(S3ErrorCode.InternalError));
    }

    [Fact]
    public void An_error_is_well_formed_xml_whatever_the_client_sent()
    {
        var nasty = string.Concat(Enumerable.Range(0, 0x250).Select(code => (char)code)) + "]]>\uD800\uFFFE<a>&b;\"'";
        using var body = new PooledBufferWriter(16);
        S3ErrorWriter.Write(body, new S3Error(S3ErrorCode.NoSuchKey, nasty, ("Key", nasty), ("Absent", null)), nasty, "ID", "HOST");
        var root = XDocument.Parse(Encoding.UTF8.GetString(body.WrittenMemory.Span), LoadOptions.PreserveWhitespace).Root!;
        root.Name.LocalName.ShouldBe("Error");
        root.Elements().Select(element => element.Name.LocalName).ShouldBe(["Code", "Message", "Key", "Resource", "RequestId", "HostId"]);
        root.Element("Code")!.Value.ShouldBe("NoSuchKey");
        root.Element("Key")!.Value.ShouldContain("]]>");
    }
}
