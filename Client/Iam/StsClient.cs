using System.Globalization;

namespace ObjectStore.Client.Iam;

/// <summary>Credentials that end by themselves.</summary>
public sealed record TemporaryCredentials(Credentials Credentials, DateTimeOffset ExpiresAt);

/// <summary>Speaks STS.</summary>
public sealed class StsClient(Connection connection)
{
    private const string Version = "2011-06-15";

    /// <summary>Exchanges an OpenID Connect token for credentials of a role that trusts it. Not signed: the token is what proves.</summary>
    public async Task<TemporaryCredentials> AssumeRoleWithWebIdentityAsync(string roleArn, string sessionName, string token, int? durationSeconds, CancellationToken ct)
    {
        var result = await QueryProtocol.CallAsync(connection, null, "sts", Version, "AssumeRoleWithWebIdentity",
        [
            ("RoleArn", roleArn), ("RoleSessionName", sessionName), ("WebIdentityToken", token),
            ("DurationSeconds", durationSeconds?.ToString(CultureInfo.InvariantCulture)),
        ], ct);
        var made = result.Child("Credentials") ?? throw ClientException.Foreign("The server's answer lacks Credentials.");
        return new TemporaryCredentials(
            new Credentials(made.Required("AccessKeyId"), made.Required("SecretAccessKey"), made.Required("SessionToken")),
            DateTimeOffset.Parse(made.Required("Expiration"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal));
    }
}
