using System.Globalization;

namespace ObjectStore.Server.S3.Wire.Documents;

/// <summary>Where a routing rule sends a request. Null: as the request has it.</summary>
/// <param name="Code">Status of the answer; 301 where nothing is said.</param>
internal sealed record WebsiteRedirect(string? Protocol, string? Host, string? ReplaceKeyPrefixWith, string? ReplaceKeyWith, int Code);

/// <summary>A rule without a condition holds for all requests; one with a status is for answers with that error.</summary>
internal sealed record WebsiteRule(string? KeyPrefix, int? ErrorCode, WebsiteRedirect Redirect)
{
    public bool Matches(string key, int? errorCode) => ErrorCode == errorCode && (KeyPrefix is null || key.StartsWith(KeyPrefix, StringComparison.Ordinal));
}

/// <summary>
/// The body of PutBucketWebsite, kept as it came once it has been parsed. Source: S3 API Reference, PutBucketWebsite; S3 User Guide, "Configuring a
/// webpage redirect".
/// </summary>
internal sealed record WebsiteDocument
{
    public const int MaxBodyBytes = 128 * 1024;

    public const int MaxRules = 50;

    /// <summary>Set: every request goes there, and there is nothing else.</summary>
    public WebsiteRedirect? RedirectAll { get; init; }

    public string? IndexSuffix { get; init; }

    public string? ErrorKey { get; init; }

    public IReadOnlyList<WebsiteRule> Rules { get; init; } = [];

    /// <summary>Null if it is malformed.</summary>
    public static WebsiteDocument? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "WebsiteConfiguration", xml =>
    {
        var document = new WebsiteDocument();
        xml.Children(name => document = name switch
        {
            "RedirectAllRequestsTo" when document.RedirectAll is null => document with { RedirectAll = All(xml) },
            "IndexDocument" when document.IndexSuffix is null => document with { IndexSuffix = Leaf(xml, "Suffix") },
            "ErrorDocument" when document.ErrorKey is null => document with { ErrorKey = Leaf(xml, "Key") },
            "RoutingRules" when document.Rules.Count == 0 => document with { Rules = RulesOf(xml) },
            _ => throw XmlBody.Malformed(),
        });
        var hasAll = document.RedirectAll is not null;
        var hasParts = document.IndexSuffix is not null || document.ErrorKey is not null || document.Rules.Count > 0;
        return hasAll != hasParts ? document : throw XmlBody.Malformed();
    });

    /// <summary>What is wrong with it, in S3's words; null if nothing.</summary>
    public string? Check()
    {
        if (RedirectAll is not null) return null;
        if (string.IsNullOrEmpty(IndexSuffix) || IndexSuffix.Contains('/')) return "The IndexDocument Suffix is not well formed";
        if (ErrorKey is { Length: 0 or > 1024 }) return "The ErrorDocument Key is not well formed";
        if (Rules.Count > MaxRules) return $"The number of routing rules must not exceed {MaxRules}";
        foreach (var rule in Rules)
        {
            if (rule.ErrorCode is < 400 or > 599) return "The provided HTTP error code is not valid. Valid codes are 4XX or 5XX.";
            if (rule.Redirect.Code is < 301 or > 399 or 304) return "The provided HTTP redirect code is not valid. Valid codes are 3XX except 300 and 304.";
            if (rule.Redirect is { ReplaceKeyPrefixWith: not null, ReplaceKeyWith: not null }) return "You can only define ReplaceKeyPrefix or ReplaceKey but not both.";
        }
        return null;
    }

    private static string Leaf(XmlBody xml, string leaf)
    {
        string? text = null;
        xml.Children(name => text = name == leaf && text is null ? xml.Text() : throw XmlBody.Malformed());
        return text ?? throw XmlBody.Malformed();
    }

    private static string ProtocolOf(string text) => text is "http" or "https" ? text : throw XmlBody.Malformed();

    private static int CodeOf(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : throw XmlBody.Malformed();

    private static WebsiteRedirect All(XmlBody xml)
    {
        string? host = null, protocol = null;
        xml.Children(name =>
        {
            if (name == "HostName" && host is null) host = xml.Text().Trim();
            else if (name == "Protocol" && protocol is null) protocol = ProtocolOf(xml.Text().Trim());
            else throw XmlBody.Malformed();
        });
        return host is { Length: > 0 } ? new WebsiteRedirect(protocol, host, null, null, 301) : throw XmlBody.Malformed();
    }

    private static List<WebsiteRule> RulesOf(XmlBody xml)
    {
        var rules = new List<WebsiteRule>();
        xml.Children(name => rules.Add(name == "RoutingRule" ? Rule(xml) : throw XmlBody.Malformed()));
        return rules;
    }

    private static WebsiteRule Rule(XmlBody xml)
    {
        string? prefix = null;
        int? error = null;
        WebsiteRedirect? redirect = null;
        xml.Children(name =>
        {
            switch (name)
            {
                case "Condition":
                    xml.Children(part =>
                    {
                        if (part == "KeyPrefixEquals" && prefix is null) prefix = xml.Text();
                        else if (part == "HttpErrorCodeReturnedEquals" && error is null) error = CodeOf(xml.Text().Trim());
                        else throw XmlBody.Malformed();
                    });
                    if (prefix is null && error is null) throw XmlBody.Malformed();
                    break;
                case "Redirect" when redirect is null:
                    redirect = Redirect(xml);
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        return redirect is not null ? new WebsiteRule(prefix, error, redirect) : throw XmlBody.Malformed();
    }

    private static WebsiteRedirect Redirect(XmlBody xml)
    {
        var redirect = new WebsiteRedirect(null, null, null, null, 301);
        var isEmpty = true;
        xml.Children(name =>
        {
            isEmpty = false;
            redirect = name switch
            {
                "Protocol" => redirect with { Protocol = ProtocolOf(xml.Text().Trim()) },
                "HostName" => redirect with { Host = xml.Text().Trim() },
                "ReplaceKeyPrefixWith" => redirect with { ReplaceKeyPrefixWith = xml.Text() },
                "ReplaceKeyWith" => redirect with { ReplaceKeyWith = xml.Text() },
                "HttpRedirectCode" => redirect with { Code = CodeOf(xml.Text().Trim()) },
                _ => throw XmlBody.Malformed(),
            };
        });
        return isEmpty ? throw XmlBody.Malformed() : redirect;
    }
}
