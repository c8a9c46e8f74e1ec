using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.ObjectServer.Tests.S3.Authentication;

/// <summary>The examples are those of AWS's "Signing and authenticating REST requests".</summary>
public sealed class SignatureV2Tests
{
    private const string AccessKey = "AKIAIOSFODNN7EXAMPLE";
    private const string SecretKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    private static readonly RootCredentialStore Credentials = new(AccessKey, SecretKey);
    private static readonly DateTimeOffset Now = new(2007, 3, 27, 21, 20, 26, TimeSpan.Zero);
    private readonly FixedTime _time = new(Now);

    private enum Switch
    {
        On,
        Off,
    }

    [Theory]
    [InlineData("GET", "johnsmith", "/photos/puppy.jpg", "", "Date=Tue, 27 Mar 2007 19:36:42 +0000", "bWq2s1WEIj+Ydj0vQ697zp+IXMU=")]
    [InlineData("PUT", null, "/johnsmith/photos/puppy.jpg", "", "Content-Type=image/jpeg|Content-Length=94328|Date=Tue, 27 Mar 2007 21:15:45 +0000", "MyyxeRY7whkBe+bq8fHCL/2kKUg=")]
    [InlineData("GET", "johnsmith", "/", "prefix=photos&max-keys=50&marker=puppy", "Date=Tue, 27 Mar 2007 19:42:41 +0000", "htDYFYduRNen8P9ZfE/s9SuKy0U=")]
    [InlineData("GET", "johnsmith", "/", "acl", "Date=Tue, 27 Mar 2007 19:44:46 +0000", "c2WLPFtWHVgbEmeEG93a4cG37dM=")]
    [InlineData("DELETE", null, "/johnsmith/photos/puppy.jpg", "", "Date=Tue, 27 Mar 2007 21:20:26 +0000", "lx3byBScXR6KzyMaifNkardMwNk=")]
    [InlineData(
        "PUT", "static.johnsmith.net", "/db-backup.dat.gz", "",
        "Date=Tue, 27 Mar 2007 21:06:08 +0000|x-amz-acl=public-read|content-type=application/x-download|Content-MD5=4gJE4saaMU4BqNR0kLY+lw=="
        + "|X-Amz-Meta-ReviewedBy=joe@johnsmith.net|X-Amz-Meta-ReviewedBy=jane@johnsmith.net|X-Amz-Meta-FileChecksum=0x02661779|X-Amz-Meta-ChecksumAlgorithm=crc32",
        "ilyl83RwaSoYIEdixDQcA4OnAnc=")]
    [InlineData("GET", null, "/", "", "Date=Wed, 28 Mar 2007 01:29:59 +0000", "qGdzdERIC03wnaRNKh6OqZehG9s=")]
    [InlineData("GET", null, "/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re", "", "Date=Wed, 28 Mar 2007 01:49:49 +0000", "DNEZGsoieTZ92F3bUfSPQcbGmlM=")]
    public void The_published_examples_are_accepted_and_nothing_else_is(string method, string? bucket, string path, string query, string headers, string signature)
    {
        var dictionary = Headers(headers);
        _time.Now = DateTimeOffset.ParseExact(dictionary.Date.ToString()[5..], "dd MMM yyyy HH:mm:ss zzz", System.Globalization.CultureInfo.InvariantCulture);
        dictionary.Authorization = $"AWS {AccessKey}:{signature}";
        var result = Authenticate(method, bucket, path, query, dictionary);
        result.Error.ShouldBeNull(result.Error?.ToString());
        result.Principal.Kind.ShouldBe(PrincipalKind.Root);
        result.Signature.ShouldBe(new SignatureUse(SignaturePlace.Header, "AWS", _time.Now));

        Authenticate(method == "GET" ? "PUT" : "GET", bucket, path, query, dictionary).Error!.Code.ShouldBe(S3ErrorCode.SignatureDoesNotMatch);
        Authenticate(method, bucket, path + "x", query, dictionary).Error!.Code.ShouldBe(S3ErrorCode.SignatureDoesNotMatch);
        // What is not signed could be added by anybody on the way.
        foreach (var added in new[] { "policy", "%70olicy", "versionId=1", "x-amz-acl=public-read", "uploadId=1", "response-content-type=text/html", "legal-hold", "partNumber=1" })
            Authenticate(method, bucket, path, query + "&" + added, dictionary).Error!.Code.ShouldBe(S3ErrorCode.SignatureDoesNotMatch, added);
        dictionary["x-amz-meta-more"] = "x";
        Authenticate(method, bucket, path, query, dictionary).Error!.Code.ShouldBe(S3ErrorCode.SignatureDoesNotMatch);
    }

    [Fact]
    public void The_published_presigned_url_is_accepted_until_it_expires()
    {
        const string query = "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620";
        var result = Authenticate("GET", "johnsmith", "/photos/puppy.jpg", query, new HeaderDictionary());
        result.Error.ShouldBeNull();
        result.Signature.ShouldBe(new SignatureUse(SignaturePlace.Query, "AWS", Now));
        _time.Now = DateTimeOffset.FromUnixTimeSeconds(1175139621);
        var expired = Authenticate("GET", "johnsmith", "/photos/puppy.jpg", query, new HeaderDictionary());
        expired.Error!.Code.ShouldBe(S3ErrorCode.AccessDenied);
        expired.Error.Message.ShouldBe("Request has expired");
    }

    [Fact]
    public void A_line_end_in_a_value_does_not_hide_the_next_field()
    {
        var signature = Sign("PUT\n\n\n1175139620\nx-amz-meta-a:b\nx-amz-object-lock-mode:COMPLIANCE\n/b/k");
        var rest = $"&AWSAccessKeyId={AccessKey}&Expires=1175139620&Signature={Uri.EscapeDataString(signature)}";
        Authenticate("PUT", null, "/b/k", "x-amz-meta-a=b&x-amz-object-lock-mode=COMPLIANCE" + rest, new HeaderDictionary()).Error.ShouldBeNull();
        Authenticate("PUT", null, "/b/k", "x-amz-meta-a=b%0Ax-amz-object-lock-mode:COMPLIANCE" + rest, new HeaderDictionary()).Error!.Code.ShouldBe(S3ErrorCode.SignatureDoesNotMatch);

        signature = Sign("PUT\na\nb\n1175139620\n/b/k");
        rest = $"&AWSAccessKeyId={AccessKey}&Expires=1175139620&Signature={Uri.EscapeDataString(signature)}";
        Authenticate("PUT", null, "/b/k", "content-md5=a&content-type=b" + rest, new HeaderDictionary()).Error.ShouldBeNull();
        Authenticate("PUT", null, "/b/k", "content-md5=a%0Ab" + rest, new HeaderDictionary()).Error!.Code.ShouldBe(S3ErrorCode.SignatureDoesNotMatch);
    }

    [Fact]
    public void A_presigned_url_signs_what_it_says_in_place_of_headers()
    {
        var signature = Sign("PUT\n\ntext/plain\n1175139620\nx-amz-acl:private\nx-amz-meta-a:b c\n/b/k?versionId=a b");
        var query = $"versionId=a%20b&content-type=text/plain&x-amz-meta-a=b%20c&x-amz-acl=private&AWSAccessKeyId={AccessKey}&Expires=1175139620&Signature={Uri.EscapeDataString(signature)}";
        Authenticate("PUT", null, "/b/k", query, new HeaderDictionary()).Error.ShouldBeNull();
        Authenticate("PUT", null, "/b/k", query.Replace("=private", "=public-read", StringComparison.Ordinal), new HeaderDictionary()).Error!.Code.ShouldBe(S3ErrorCode.SignatureDoesNotMatch);
    }

    [Theory]
    [InlineData("/b", "/b/", true)]
    [InlineData("/b/", "/b", true)]
    [InlineData("/b", "/b", true)]
    [InlineData("/b/k", "/b/k/", false)]
    [InlineData("/b/k/", "/b/k", false)]
    [InlineData("/b/k", "/b/", false)]
    [InlineData("/", "", false)]
    public void A_bucket_may_be_signed_with_a_slash_and_without(string path, string signed, bool isAccepted)
    {
        var headers = Headers("Date=Tue, 27 Mar 2007 21:20:26 GMT");
        headers.Authorization = $"AWS {AccessKey}:{Sign($"PUT\n\n\nTue, 27 Mar 2007 21:20:26 GMT\n{signed}")}";
        (Authenticate("PUT", null, path, "", headers).Error is null).ShouldBe(isAccepted);
    }

    [Fact]
    public void With_x_amz_date_the_line_of_Date_is_empty()
    {
        var headers = Headers("x-amz-date=Tue, 27 Mar 2007 21:20:26 +0000|Date=Tue, 27 Mar 2007 21:20:27 +0000");
        headers.Authorization = $"AWS {AccessKey}:{Sign("DELETE\n\n\n\nx-amz-date:Tue, 27 Mar 2007 21:20:26 +0000\n/b/k")}";
        Authenticate("DELETE", null, "/b/k", "", headers).Error.ShouldBeNull();
    }

    [Theory]
    [InlineData("Date=Bad Date", S3ErrorCode.AccessDenied)]
    [InlineData("x-amz-date=", S3ErrorCode.AccessDenied)]
    [InlineData("", S3ErrorCode.AccessDenied)]
    [InlineData("x-amz-date=Tue, 07 Jul 1950 21:53:04 GMT", S3ErrorCode.AccessDenied)]
    [InlineData("x-amz-date=Tue, 07 Jul 2010 21:53:04 GMT", S3ErrorCode.RequestTimeTooSkewed)]
    [InlineData("x-amz-date=Tue, 07 Jul 9999 21:53:04 GMT", S3ErrorCode.RequestTimeTooSkewed)]
    [InlineData("x-amz-date=20070327T212026Z", S3ErrorCode.SignatureDoesNotMatch)]
    [InlineData("x-amz-date=Tue, 27 Mar 2007 21:20:26 GMT|x-amz-security-token=stolen", S3ErrorCode.InvalidToken)]
    internal void A_request_that_is_wrong_gets_the_error_of_S3(string headers, S3ErrorCode code)
    {
        var dictionary = Headers(headers);
        dictionary.Authorization = $"AWS {AccessKey}:frJIUN8DYpKDtOLCwo//yllqDzg=";
        Authenticate("PUT", null, "/b/k", "", dictionary).Error!.Code.ShouldBe(code);
    }

    [Theory]
    [InlineData("AWS HAHAHA", S3ErrorCode.InvalidArgument)]
    [InlineData("AWS :x", S3ErrorCode.InvalidArgument)]
    [InlineData("AWS nobody:frJIUN8DYpKDtOLCwo//yllqDzg=", S3ErrorCode.InvalidAccessKeyId)]
    [InlineData("AWS AKIAIOSFODNN7EXAMPLE:short", S3ErrorCode.SignatureDoesNotMatch)]
    [InlineData("AWS AKIAIOSFODNN7EXAMPLE:", S3ErrorCode.SignatureDoesNotMatch)]
    internal void A_header_that_is_wrong_gets_the_error_of_S3(string header, S3ErrorCode code)
    {
        var headers = Headers("Date=Tue, 27 Mar 2007 21:20:26 GMT");
        headers.Authorization = header;
        Authenticate("PUT", null, "/b/k", "", headers).Error!.Code.ShouldBe(code);
    }

    [Theory]
    [InlineData("AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=x")]
    [InlineData("AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1175139620")]
    [InlineData("Signature=x&Expires=1175139620")]
    [InlineData("AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=x&Expires=soon")]
    [InlineData("AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=x&Expires=99999999999999999")]
    public void A_presigned_url_that_lacks_something_is_denied(string query) =>
        Authenticate("GET", null, "/b/k", query, new HeaderDictionary()).Error!.Code.ShouldBe(S3ErrorCode.AccessDenied);

    [Fact]
    public void Where_nobody_asked_for_it_a_client_is_told_to_use_version_4()
    {
        var headers = Headers("Date=Tue, 27 Mar 2007 21:20:26 GMT");
        headers.Authorization = $"AWS {AccessKey}:{Sign("GET\n\n\nTue, 27 Mar 2007 21:20:26 GMT\n/b/k")}";
        Authenticate("GET", null, "/b/k", "", headers).Error.ShouldBeNull();
        var refused = Authenticate("GET", null, "/b/k", "", headers, Switch.Off).Error!;
        refused.Code.ShouldBe(S3ErrorCode.InvalidRequest);
        refused.Message.ShouldBe("The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");
        Authenticate("GET", null, "/b/k", $"AWSAccessKeyId={AccessKey}&Signature=x&Expires=1", new HeaderDictionary(), Switch.Off).Error!.Code.ShouldBe(S3ErrorCode.InvalidRequest);
    }

    [Fact]
    public void Whatever_stands_in_the_header_or_the_query_is_refused_and_never_throws()
    {
        var pieces = Gen.Elements("AWS", " ", ":", AccessKey, "x", "=", "%", "&", "AWSAccessKeyId=", "Signature=", "Expires=", "1175139620", "\u00e9", "acl", "x-amz-acl=", "%ZZ", "==", "frJIUN8DYpKDtOLCwo//yllqDzg=");
        Prop.ForAll(pieces.ArrayOf().Select(string.Concat).ToArbitrary(), text =>
        {
            var headers = Headers("x-amz-date=Tue, 27 Mar 2007 21:20:26 GMT");
            headers.Authorization = "AWS " + text;
            Authenticate("GET", null, "/b/k", "", headers).Error.ShouldNotBeNull();
            try
            {
                Authenticate("GET", null, "/b/k", $"AWSAccessKeyId={AccessKey}&{text}", new HeaderDictionary()).Error.ShouldNotBeNull();
            }
            catch (S3Exception invalid)
            {
                invalid.Error.Code.ShouldBe(S3ErrorCode.InvalidURI);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithReplay(20070327, 5));
    }

    private static string Sign(string text) =>
        Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(SecretKey), Encoding.UTF8.GetBytes(text)));

    private static IHeaderDictionary Headers(string text)
    {
        var headers = new HeaderDictionary();
        foreach (var pair in text.Split('|', StringSplitOptions.RemoveEmptyEntries)) headers.Append(pair.Split('=', 2)[0], pair.Split('=', 2)[1]);
        return headers;
    }

    private AuthenticationResult Authenticate(string method, string? bucket, string path, string query, IHeaderDictionary headers, Switch v2 = Switch.On) =>
        new SignatureV4Authenticator(Credentials, "us-east-1", _time, v2 == Switch.On ? new SignatureV2Authenticator(Credentials, "us-east-1", _time) : null)
            .Authenticate(new AuthenticationRequest(method, path, query.Length == 0 ? S3Query.Empty : new S3Query(query.TrimStart('&')), headers, bucket));
}
