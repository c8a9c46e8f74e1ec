using System.Globalization;
using System.Text;
using System.Text.Json;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Forms;

/// <summary>
/// The document that whoever made a form signed: until when, and with which fields, it may be sent. Source: S3 API reference,
/// "Creating a POST policy".
/// </summary>
internal sealed class PostPolicy
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];

    private readonly DateTimeOffset _expiration;
    private readonly IReadOnlyList<PostCondition> _conditions;

    private PostPolicy(DateTimeOffset expiration, IReadOnlyList<PostCondition> conditions)
    {
        (_expiration, _conditions) = (expiration, conditions);
        foreach (var range in conditions.Where(condition => condition.Kind == PostConditionKind.LengthRange))
        {
            MinBytes = Math.Max(MinBytes, range.MinBytes);
            MaxBytes = Math.Min(MaxBytes, range.MaxBytes);
        }
    }

    /// <summary>Least length of the file.</summary>
    public long MinBytes { get; }

    /// <summary>Greatest length of the file.</summary>
    public long MaxBytes { get; } = long.MaxValue;

    /// <param name="base64">The form's field "policy".</param>
    /// <exception cref="S3Exception">InvalidPolicyDocument.</exception>
    public static PostPolicy Parse(string base64)
    {
        try
        {
            var text = Strict.GetString(Convert.FromBase64String(base64));
            using var document = JsonDocument.Parse(PolicyEscapes.Resolve(text), new JsonDocumentOptions { MaxDepth = 8 });
            return Read(document.RootElement);
        }
        // Half of a surrogate pair, escaped, is text to the parser but none to whoever reads it.
        catch (Exception e) when (e is FormatException or DecoderFallbackException or JsonException or InvalidOperationException)
        {
            throw new S3Exception(FormErrors.InvalidPolicy("Invalid JSON."), e);
        }
    }

    /// <summary>Whether the form may be sent now, to that bucket; null if so.</summary>
    public S3Error? Check(PostForm form, string bucket, DateTimeOffset now)
    {
        if (now > _expiration) return FormErrors.PolicyExpired;
        foreach (var condition in _conditions)
        {
            if (!condition.Holds(ValueOf(form, bucket, condition.Field))) return FormErrors.ConditionFailed(condition.Source);
        }
        // The bucket is as good as a field: a policy that names none would be good for all.
        var extra = form.Fields.Select(field => field.Name).Append("bucket").Where(NeedsCondition).Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
        return extra.Length > 0 ? FormErrors.ExtraFields(extra) : null;
    }

    private static string ValueOf(PostForm form, string bucket, string field) =>
        field.Equals("bucket", StringComparison.OrdinalIgnoreCase) ? bucket : form[field] ?? "";

    private bool NeedsCondition(string field) =>
        !IsFree(field) && !_conditions.Any(condition => condition.Field.Equals(field, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// What the policy need not speak of. Checksums can only ever make an upload fail, and who fills in the form knows the
    /// file, unlike who signed it.
    /// </summary>
    private static bool IsFree(string field) =>
        field.ToLowerInvariant() is "policy" or "file" or "x-amz-signature" or "signature" or "awsaccesskeyid"
        || field.StartsWith("x-ignore-", StringComparison.OrdinalIgnoreCase)
        || Wire.ChecksumNames.ParseField(field) != Objects.Digests.ChecksumAlgorithm.None;

    private static PostPolicy Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) throw Invalid("Expecting an object.");
        DateTimeOffset? expiration = null;
        List<PostCondition>? conditions = null;
        foreach (var member in root.EnumerateObject())
        {
            switch (member.Name)
            {
                case "expiration" when expiration is null:
                    expiration = ReadExpiration(member.Value);
                    break;
                case "conditions" when conditions is null && member.Value.ValueKind == JsonValueKind.Array:
                    conditions = [.. member.Value.EnumerateArray().Select(PostCondition.Read)];
                    break;
                default:
                    throw Invalid($"Unexpected: '{member.Name}'.");
            }
        }
        return new PostPolicy(expiration ?? throw Invalid("Policy missing expiration."), conditions ?? throw Invalid("Policy missing conditions."));
    }

    private static DateTimeOffset ReadExpiration(JsonElement value) =>
        value.ValueKind == JsonValueKind.String
        && DateTimeOffset.TryParseExact(value.GetString(), TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw Invalid($"Invalid 'expiration' value: '{value}'");

    private static S3Exception Invalid(string problem) => new(FormErrors.InvalidPolicy(problem));
}
