using System.Globalization;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Forms;

/// <summary>What AWS says to each way in which a form can be wrong.</summary>
internal static class FormErrors
{
    // An error must stay small, whatever the form is.
    private const int MaxEchoLength = 1024;

    public static readonly S3Error NotAForm = new(
        S3ErrorCode.PreconditionFailed, null, ("Condition", "Bucket POST must be of the enclosure-type multipart/form-data"));

    public static readonly S3Error NoFile = new(
        S3ErrorCode.IncorrectNumberOfFilesInPostRequest, null, ("ArgumentName", "file"), ("ArgumentValue", "0"));

    public static readonly S3Error NoKey = new(
        S3ErrorCode.UserKeyMustBeSpecified,
        "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
        ("ArgumentName", "key"),
        ("ArgumentValue", ""));

    public static readonly S3Error EmptyKey = new(
        S3ErrorCode.InvalidArgument, "User key must have a length greater than 0.", ("ArgumentName", "key"), ("ArgumentValue", ""));

    public static readonly S3Error FieldsTooLong = new(
        S3ErrorCode.MaxPostPreDataLengthExceededError, null, ("MaxPostPreDataLengthBytes", FormReader.MaxFieldBytes.ToString(CultureInfo.InvariantCulture)));

    public static readonly S3Error PolicyExpired = Refused("Policy expired.");

    public static S3Error Malformed(string? problem = null) => new(S3ErrorCode.MalformedPOSTRequest, problem);

    public static S3Error MissingField(string name) => new(
        S3ErrorCode.InvalidArgument,
        $"Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields.",
        ("ArgumentName", name),
        ("ArgumentValue", ""));

    public static S3Error Field(string name, string? value, string? problem) => new(
        S3ErrorCode.InvalidArgument, problem, ("ArgumentName", Cut(name)), ("ArgumentValue", value is null ? null : Cut(value)));

    public static S3Error ConditionFailed(string condition) => Refused($"Policy Condition failed: {Cut(condition)}");

    public static S3Error ExtraFields(IEnumerable<string> names) => Refused($"Extra input fields: {Cut(string.Join(", ", names))}");

    public static S3Error InvalidPolicy(string problem) => new(S3ErrorCode.InvalidPolicyDocument, "Invalid Policy: " + Cut(problem));

    public static S3Error TooLarge(long proposedBytes, long maxBytes) => new(
        S3ErrorCode.EntityTooLarge, null, ("ProposedSize", Text(proposedBytes)), ("MaxSizeAllowed", Text(maxBytes)));

    public static S3Error TooSmall(long proposedBytes, long minBytes) => new(
        S3ErrorCode.EntityTooSmall, null, ("ProposedSize", Text(proposedBytes)), ("MinSizeAllowed", Text(minBytes)));

    private static S3Error Refused(string why) => new(S3ErrorCode.AccessDenied, "Invalid according to Policy: " + why);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Cut(string text) => text.Length <= MaxEchoLength ? text : text[..MaxEchoLength];
}
