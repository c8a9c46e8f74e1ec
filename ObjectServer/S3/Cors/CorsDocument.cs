using System.Buffers;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Cors;

/// <summary>The XML of CORS rules: what clients send, what they get back, and what is stored. Source: S3 API reference, PutBucketCors.</summary>
internal static class CorsDocument
{
    /// <summary>Of the document, as AWS documents it.</summary>
    public const int MaxBodyBytes = 64 * 1024;

    public const int MaxRules = 100;
    public const int MaxIdLength = 255;

    private static readonly string[] Methods = ["GET", "PUT", "POST", "DELETE", "HEAD"];

    /// <exception cref="S3Exception">MalformedXML, or InvalidRequest for rules that nobody can mean.</exception>
    public static CorsConfiguration Parse(ReadOnlyMemory<byte> body)
    {
        var rules = XmlBody.Parse(body, "CORSConfiguration", static xml =>
        {
            var rules = new List<CorsRule>();
            xml.Children(name => rules.Add(name == "CORSRule" ? ParseRule(xml) : throw XmlBody.Malformed()));
            return rules;
        });
        if (rules is null or []) throw new S3Exception(S3ErrorCode.MalformedXML);
        if (rules.Count > MaxRules) throw Refused($"The number of CORS rules should not exceed allowed limit of {MaxRules} rules.");
        foreach (var rule in rules) Check(rule);
        return new CorsConfiguration(rules);
    }

    public static void Write(IBufferWriter<byte> output, CorsConfiguration configuration)
    {
        var xml = new XmlBuilder(output);
        xml.Begin("CORSConfiguration"u8);
        foreach (var rule in configuration.Rules)
        {
            xml.Open("CORSRule"u8);
            xml.Optional("ID"u8, rule.Id);
            WriteAll(ref xml, "AllowedMethod"u8, rule.AllowedMethods);
            WriteAll(ref xml, "AllowedOrigin"u8, rule.AllowedOrigins);
            WriteAll(ref xml, "AllowedHeader"u8, rule.AllowedHeaders);
            WriteAll(ref xml, "ExposeHeader"u8, rule.ExposeHeaders);
            if (rule.MaxAgeSeconds is { } seconds) xml.Element("MaxAgeSeconds"u8, seconds);
            xml.Close("CORSRule"u8);
        }
        xml.Close("CORSConfiguration"u8);
        xml.Complete();
    }

    private static void WriteAll(ref XmlBuilder xml, ReadOnlySpan<byte> element, IReadOnlyList<string> values)
    {
        foreach (var value in values) xml.Element(element, value);
    }

    private static CorsRule ParseRule(XmlBody xml)
    {
        string? id = null;
        int? maxAge = null;
        List<string> origins = [], methods = [], headers = [], exposed = [];
        xml.Children(name =>
        {
            switch (name)
            {
                case "ID" when id is null:
                    id = xml.Text();
                    break;
                case "AllowedOrigin":
                    origins.Add(xml.Text());
                    break;
                case "AllowedMethod":
                    methods.Add(xml.Text());
                    break;
                case "AllowedHeader":
                    headers.Add(xml.Text());
                    break;
                case "ExposeHeader":
                    exposed.Add(xml.Text());
                    break;
                case "MaxAgeSeconds" when maxAge is null:
                    maxAge = xml.Number() is >= 0 and <= int.MaxValue and var seconds ? (int)seconds : throw XmlBody.Malformed();
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        if (origins.Count == 0 || methods.Count == 0 || origins.Contains("")) throw XmlBody.Malformed();
        return new CorsRule { Id = id, AllowedOrigins = origins, AllowedMethods = methods, AllowedHeaders = headers, ExposeHeaders = exposed, MaxAgeSeconds = maxAge };
    }

    private static void Check(CorsRule rule)
    {
        if (rule.Id?.Length > MaxIdLength) throw Refused($"The ID of a CORS rule should not exceed allowed limit of {MaxIdLength} characters.");
        foreach (var method in rule.AllowedMethods)
        {
            if (!Methods.Contains(method)) throw Refused($"Found unsupported HTTP method in CORS config. Unsupported method is {method}");
        }
        CheckWildcards("AllowedOrigin", rule.AllowedOrigins);
        CheckWildcards("AllowedHeader", rule.AllowedHeaders);
        foreach (var header in rule.AllowedHeaders)
        {
            // '*' is a sign that names of headers may have.
            if (!HeaderText.IsName(header)) throw Refused($"AllowedHeader \"{header}\" is not the name of a header.");
        }
        foreach (var header in rule.ExposeHeaders)
        {
            if (header.Contains('*')) throw Refused($"ExposeHeader \"{header}\" contains wildcard. We currently do not support wildcard for ExposeHeader.");
            if (!HeaderText.IsName(header)) throw Refused($"ExposeHeader \"{header}\" is not the name of a header.");
        }
    }

    private static void CheckWildcards(string element, IReadOnlyList<string> patterns)
    {
        foreach (var pattern in patterns)
        {
            if (pattern.AsSpan().Count('*') > 1) throw Refused($"{element} \"{pattern}\" can not have more than one wildcard.");
        }
    }

    private static S3Exception Refused(string message) => new(S3ErrorCode.InvalidRequest, message);
}
