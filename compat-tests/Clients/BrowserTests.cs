using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Harness;

namespace ObjectStore.CompatTests.Clients;

/// <summary>A real browser, headless, with a page of another origin: what it may send, and what it may see of the answers.</summary>
public sealed class BrowserTests(RunningServer running) : IClassFixture<RunningServer>
{
    // As root there is no sandbox; the rest keeps it from asking for hosts on the internet.
    private static readonly string[] Flags =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-extensions",
    ];

    [Fact]
    public async Task A_page_of_another_origin_fetches_and_posts_what_the_rules_and_the_policy_allow()
    {
        using var page = new PageServer();
        using var s3 = new AmazonS3Client(new BasicAWSCredentials(ServerProcess.AccessKey, ServerProcess.SecretKey), new AmazonS3Config
        {
            ServiceURL = running.Endpoint, ForcePathStyle = true, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0, UseHttp = true,
        });
        var open = running.NewBucketName("browser");
        var closed = running.NewBucketName("browser");
        await s3.PutBucketAsync(open);
        await s3.PutBucketAsync(closed);
        await s3.PutCORSConfigurationAsync(new()
        {
            BucketName = open,
            Configuration = new() { Rules = [new() { AllowedMethods = ["GET", "PUT", "POST"], AllowedOrigins = [page.Origin], AllowedHeaders = ["content-type"], ExposeHeaders = ["ETag"] }] },
        });
        await s3.PutObjectAsync(new() { BucketName = closed, Key = "k", ContentBody = "secret" });
        var redirect = page.Origin + "/done";
        page.Html = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "browser.html"));
        page.Settings = JsonSerializer.Serialize(new
        {
            put = Presigned(s3, open, "put", HttpVerb.PUT),
            get = Presigned(s3, open, "put", HttpVerb.GET),
            missing = Presigned(s3, open, "missing", HttpVerb.GET),
            anonymous = $"{running.Endpoint}/{open}/put",
            closed = Presigned(s3, closed, "k", HttpVerb.GET),
            fetched = await FormAsync(s3, open, "fetched/${filename}", ("success_action_status", "201")),
            submitted = await FormAsync(s3, open, "submitted/${filename}", ("success_action_redirect", redirect)),
        });

        using var profile = new TemporaryDirectory();
        using var browser = Process.Start(new ProcessStartInfo("chromium", [.. Flags, "--user-data-dir=" + profile.Path, page.Origin + "/"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var output = browser.StandardError.ReadToEndAsync();
        string report, done;
        try
        {
            report = await page.Report.WaitAsync(TimeSpan.FromSeconds(90));
            done = await page.Done.WaitAsync(TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException e)
        {
            browser.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"The page did not come to its end. The browser says:\n{await output}", e);
        }
        browser.Kill(entireProcessTree: true);
        await browser.WaitForExitAsync();

        using var seen = JsonDocument.Parse(report);
        string Seen(string name) => seen.RootElement.GetProperty(name).GetString() ?? "null";
        Seen("error").ShouldBe("none");
        Seen("put").ShouldBe($"200 \"{Convert.ToHexStringLower(MD5.HashData("from the page"u8))}\"", "the ETag is exposed");
        Seen("get").ShouldBe("200 from the page, request id null");
        Seen("missing").ShouldBe("404 NoSuchKey");
        Seen("anonymous").ShouldBe("403 AccessDenied");
        Seen("header").ShouldBe("refused", "a header that no rule allows");
        Seen("closed").ShouldBe("refused", "a bucket without rules");
        Seen("fetched").ShouldBe("201 fetched/gr\u00fcn \u20ac.txt");

        done.ShouldStartWith($"/done?bucket={open}&key=submitted%2Fa%20b.txt&etag=%22");
        (await ReadAsync(s3, open, "fetched/gr\u00fcn \u20ac.txt")).ShouldBe("text/x-form: fetched");
        (await ReadAsync(s3, open, "submitted/a b.txt")).ShouldBe("text/x-form: submitted");
    }

    private static string Presigned(AmazonS3Client s3, string bucket, string key, HttpVerb verb) => s3.GetPreSignedURL(new()
    {
        BucketName = bucket, Key = key, Verb = verb, Expires = DateTime.UtcNow.AddMinutes(10), Protocol = Protocol.HTTP,
    });

    private static async Task<object> FormAsync(AmazonS3Client s3, string bucket, string key, params (string Name, string Value)[] fields)
    {
        var request = new CreatePresignedPostRequest { BucketName = bucket, Key = key, Expires = DateTime.UtcNow.AddMinutes(10) };
        request.Fields["Content-Type"] = "text/x-form";
        request.Conditions.Add(S3PostCondition.ContentLengthRange(1, 1000));
        foreach (var (name, value) in fields) request.Fields[name] = value;
        var form = await s3.CreatePresignedPostAsync(request);
        return new { url = form.Url, fields = form.Fields };
    }

    private static async Task<string> ReadAsync(AmazonS3Client s3, string bucket, string key)
    {
        using var got = await s3.GetObjectAsync(bucket, key);
        using var reader = new StreamReader(got.ResponseStream);
        return $"{got.Headers.ContentType}: {await reader.ReadToEndAsync()}";
    }
}
