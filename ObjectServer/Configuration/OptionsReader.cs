using System.Globalization;
using ObjectStore.Erasure.Codec;
using ObjectStore.Server.Notifications;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Zstandard;

namespace ObjectStore.Server.Configuration;

/// <summary>Understands and validates the settings, once at start, and lists everything that is wrong with them together.</summary>
internal sealed class OptionsReader
{
    public const string DefaultRootUser = "objectadmin";
    public const string DefaultRootPassword = "objectadmin";
    public const int MinRootUserLength = 3;
    public const int MinRootPasswordLength = 8;
    public const int MaxDrives = 256;

    private static readonly string[] IoModes = ["direct", "buffered"];

    private readonly SettingSources _sources;
    private readonly List<string> _problems;
    private readonly Func<string?> _findZstdProblem;

    private OptionsReader(SettingSources sources, Func<string?> findZstdProblem)
    {
        _sources = sources;
        _findZstdProblem = findZstdProblem;
        _problems = [.. sources.Problems];
    }

    /// <param name="findZstdProblem">Why nothing can be compressed here, or null; without it the library is asked.</param>
    /// <returns>The options, or null and the problems in plain words.</returns>
    public static (ServerOptions? Options, IReadOnlyList<string> Problems) Read(SettingSources sources, Func<string?>? findZstdProblem = null)
    {
        var reader = new OptionsReader(sources, findZstdProblem ?? ZstdLibrary.FindProblem);
        var options = reader.Read();
        return reader._problems.Count == 0 ? (options, []) : (null, reader._problems);
    }

    private ServerOptions Read()
    {
        var address = ReadAddress();
        var drives = ReadDrives();
        var parity = ReadParity(drives.Count);
        var (user, password, isDefault) = ReadCredentials(address);
        return new ServerOptions
        {
            Address = address,
            Drives = drives,
            Parity = parity,
            Region = ReadRegion(),
            Domains = ReadDomains(Settings.Domain),
            WebsiteDomains = ReadWebsiteDomains(),
            Tls = ReadTls(),
            RootUser = user,
            RootPassword = new Secret(password),
            HasDefaultCredentials = isDefault,
            SignatureV2 = ReadSwitch(Settings.SignatureV2),
            InsecureOidc = ReadSwitch(Settings.InsecureOidc),
            Dialect = ReadDialect(),
            OperatorArnsWithoutAccount = ReadSwitch(Settings.OperatorArnsWithoutAccount),
            ErasureKernel = _sources.One(Settings.ErasureKernel),
            IoMode = ReadIoMode(),
            DriveDeadline = ReadDriveDeadline(),
            AllowUnprovenMetadata = ReadSwitch(Settings.AllowUnprovenMetadata),
            KmsKeyFile = FileOf(Settings.KmsKeyFile),
            Vault = ReadVault(),
            AllowCustomerKeysWithoutTls = ReadSwitch(Settings.AllowSseCWithoutTls),
            DefaultObjectOwnership = ReadOwnership(),
            DefaultPublicAccessBlock = ReadPublicAccessBlock(),
            StorageClasses = ReadStorageClasses(drives.Count, parity),
            NewBucketCompression = ReadCompression(),
            LifecycleDay = ReadLifecycleDay(),
            Notifications = ReadNotifications(),
            LogLevel = ReadLogLevel(),
        };
    }

    private ListenAddress ReadAddress()
    {
        var text = _sources.One(Settings.Address) ?? "127.0.0.1:9000";
        if (ListenAddress.TryParse(text, out var address)) return address;
        _problems.Add($"--address \"{text}\" is not HOST:PORT, such as 127.0.0.1:9000, [::1]:9000 or :9000 for every address.");
        return new ListenAddress("127.0.0.1", 0);
    }

    private List<string> ReadDrives()
    {
        var drives = new List<string>();
        foreach (var pattern in _sources.Many(Settings.Drives) ?? [DriveDefaults.Pattern])
        {
            if (EllipsisPattern.TryExpand(pattern, out var paths, out var problem)) drives.AddRange(paths.Select(path => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))));
            else _problems.Add("--drives " + problem);
        }
        foreach (var twice in drives.GroupBy(path => path, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            _problems.Add($"--drives names {twice.Key} more than once.");
        }
        if (drives.Count > MaxDrives) _problems.Add($"--drives gives {drives.Count} drives; at most {MaxDrives} are supported.");
        return drives;
    }

    private int ReadParity(int drives)
    {
        if (_sources.One(Settings.Parity) is not { } text) return DriveDefaults.ParityOf(drives);
        var width = Math.Min(drives, DriveDefaults.MaxWidth);
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parity) && (parity < width || drives == 0)) return parity;
        _problems.Add($"--parity \"{text}\" must be a number from 0 to {width - 1}, since a stripe of these drives has {width} shards and one at least holds data.");
        return 0;
    }

    private string ReadRegion()
    {
        var region = _sources.One(Settings.Region) ?? "us-east-1";
        if (region.Length is > 0 and <= 64 && region.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_')) return region;
        _problems.Add($"--region \"{region}\" may have letters, digits, '-' and '_' only, and at most 64 of them.");
        return "";
    }

    private IReadOnlyList<string> ReadDomains(Setting setting)
    {
        var domains = _sources.Many(setting) ?? [];
        foreach (var domain in domains.Where(domain => Uri.CheckHostName(domain) != UriHostNameType.Dns))
        {
            _problems.Add($"--{setting.Name} \"{domain}\" is not a host name; give it without port and without scheme.");
        }
        return domains;
    }

    private IReadOnlyList<string> ReadWebsiteDomains()
    {
        var domains = ReadDomains(Settings.WebsiteDomain);
        foreach (var domain in domains.Intersect(_sources.Many(Settings.Domain) ?? [], StringComparer.OrdinalIgnoreCase))
        {
            _problems.Add($"--website-domain \"{domain}\" is a --domain, too: a host is for websites or for the API.");
        }
        return domains;
    }

    private TlsFiles? ReadTls()
    {
        var certificate = _sources.One(Settings.TlsCertificate);
        var key = _sources.One(Settings.TlsKey);
        if (certificate is null && key is null) return null;
        if (certificate is null || key is null)
        {
            _problems.Add("--tls-certificate and --tls-key go together; one of them is missing.");
            return null;
        }
        return new TlsFiles(Path.GetFullPath(certificate), Path.GetFullPath(key));
    }

    private (string User, string Password, bool IsDefault) ReadCredentials(ListenAddress address)
    {
        var user = _sources.One(Settings.RootUser);
        var password = _sources.One(Settings.RootPassword);
        if ((user is null) != (password is null))
        {
            _problems.Add($"{Settings.RootUser.Environment} and {Settings.RootPassword.Environment} go together; one of them is missing.");
        }
        var isDefault = (user ?? DefaultRootUser) == DefaultRootUser && (password ?? DefaultRootPassword) == DefaultRootPassword;
        if (isDefault && !address.IsLoopback)
        {
            _problems.Add(
                $"The default credentials are accepted on a loopback address only, and {address} can be reached from elsewhere: "
                + $"set {Settings.RootUser.Environment} and {Settings.RootPassword.Environment}.");
        }
        if (user?.Length < MinRootUserLength || user?.Any(character => character is <= ' ' or > '~' or ',' or '=') == true)
        {
            _problems.Add($"{Settings.RootUser.Environment} must have at least {MinRootUserLength} printable characters, without blanks, ',' and '='.");
        }
        if (password?.Length < MinRootPasswordLength)
        {
            _problems.Add($"{Settings.RootPassword.Environment} must have at least {MinRootPasswordLength} characters.");
        }
        return (user ?? DefaultRootUser, password ?? DefaultRootPassword, isDefault);
    }

    private VaultOptions? ReadVault()
    {
        if (_sources.One(Settings.VaultAddress) is not { } text)
        {
            foreach (var setting in Settings.All.Where(setting => setting.Name.StartsWith("vault-", StringComparison.Ordinal) && _sources.One(setting) is not null))
                _problems.Add($"--{setting.Name} says something of a Vault, and --{Settings.VaultAddress.Name} names none.");
            return null;
        }
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || !(address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)) || address.PathAndQuery != "/" || address.UserInfo.Length > 0)
        {
            _problems.Add($"--vault-address \"{text}\" is not https://HOST[:PORT]; http:// is only for this machine, as keys would pass in plain text.");
            return null;
        }
        var options = new VaultOptions
        {
            Address = address,
            DefaultKey = _sources.One(Settings.VaultKey) ?? "objectstore",
            Mount = (_sources.One(Settings.VaultMount) ?? "transit").Trim('/'),
            Namespace = _sources.One(Settings.VaultNamespace),
            TokenFile = FileOf(Settings.VaultTokenFile),
            RoleId = _sources.One(Settings.VaultRoleId),
            SecretIdFile = FileOf(Settings.VaultSecretIdFile),
            CaFile = FileOf(Settings.VaultCaFile),
            Timeout = TimeSpan.FromSeconds(ReadNumber(Settings.VaultTimeout, 5, 1, 60)),
            CacheSize = (int)ReadNumber(Settings.VaultCacheSize, 10_000, 0, 1_000_000),
            CacheTime = TimeSpan.FromSeconds(ReadNumber(Settings.VaultCacheTime, 300, 1, 86_400)),
        };
        if (!VaultOptions.IsName(options.DefaultKey)) _problems.Add($"--vault-key \"{options.DefaultKey}\" can be no name of a key: letters, digits, '-', '_' and '.'.");
        if (!options.Mount.Split('/').All(VaultOptions.IsName)) _problems.Add($"--vault-mount \"{options.Mount}\" is no path of a mounted engine.");
        if (options.Namespace?.All(character => character is > ' ' and <= '~') == false) _problems.Add($"--vault-namespace \"{options.Namespace}\" must be printable and without blanks.");
        var isRole = options is { TokenFile: null, RoleId: not null, SecretIdFile: not null };
        if (!isRole && options is not { TokenFile: not null, RoleId: null, SecretIdFile: null })
            _problems.Add("--vault-address wants either --vault-token-file, or --vault-role-id and --vault-secret-id-file.");
        return options;
    }

    private string? FileOf(Setting setting) => _sources.One(setting) is { Length: > 0 } file ? Path.GetFullPath(file) : null;

    private string? ReadIoMode()
    {
        var mode = _sources.One(Settings.IoMode);
        if (mode is null || IoModes.Contains(mode)) return mode;
        _problems.Add($"--io-mode \"{mode}\" must be direct or buffered.");
        return null;
    }

    private TimeSpan ReadDriveDeadline()
    {
        var text = _sources.One(Settings.DriveDeadline) ?? "1";
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 1 and <= 30) return TimeSpan.FromSeconds(seconds);
        _problems.Add($"--drive-deadline \"{text}\" must be a number of seconds from 1 to 30.");
        return TimeSpan.FromSeconds(1);
    }

    private Dictionary<string, Scheme> ReadStorageClasses(int drives, int parity)
    {
        var width = Math.Min(drives, DriveDefaults.MaxWidth);
        // Half the parity, but never none where there is some: what is called reduced must still survive a drive.
        var reduced = (parity + 1) / 2;
        var classes = new Dictionary<string, Scheme>(StringComparer.Ordinal);
        var allowsNoParity = ReadSwitch(Settings.AllowClassesWithoutParity);
        if (width > reduced) classes.Add(StorageClassTable.ReducedRedundancy, new Scheme(width - reduced, reduced));
        foreach (var text in _sources.Many(Settings.StorageClasses) ?? [])
        {
            if (TryParseClass(text, out var name, out var scheme) && scheme.TotalShards <= drives)
            {
                // Where the pool has none, nobody expects more of a class. Where it has, a class without is a typo until somebody says that it is none.
                if (scheme.ParityShards == 0 && parity > 0 && !allowsNoParity)
                    _problems.Add($"--storage-class \"{text}\" has no parity: one drive that fails loses every object of it. --allow-classes-without-parity takes it all the same.");
                classes[name] = scheme;
            }
            else _problems.Add($"--storage-class \"{text}\" is not NAME=K+M with a name of capital letters, digits and '_' other than STANDARD, and at most as many shards as there are drives ({drives}).");
        }
        return classes;
    }

    private static bool TryParseClass(string text, out string name, out Scheme scheme)
    {
        scheme = default;
        var (equals, plus) = (text.IndexOf('='), text.LastIndexOf('+'));
        name = equals < 0 ? "" : text[..equals];
        if (!StorageClassTable.IsName(name) || plus < equals) return false;
        if (!int.TryParse(text.AsSpan(equals + 1, plus - equals - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var data) || data is < 1 or > MaxDrives) return false;
        if (!int.TryParse(text.AsSpan(plus + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var parity) || parity > MaxDrives) return false;
        scheme = new Scheme(data, parity);
        return true;
    }

    private BucketCompression? ReadCompression()
    {
        if (_sources.One(Settings.Compression) is not { } text || text == "off") return null;
        var (valid, _) = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var level) ? BucketCompression.Validate(level, [], []) : default;
        if (valid is null) _problems.Add($"--compression \"{text}\" must be off or a level from 1 to 12.");
        else if (_findZstdProblem() is { } missing) _problems.Add($"--compression {text}: {missing}");
        return valid;
    }

    private TimeSpan? ReadLifecycleDay()
    {
        if (_sources.One(Settings.LifecycleDay) is not { } text) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 1 and <= 86_400) return TimeSpan.FromSeconds(seconds);
        _problems.Add($"--lifecycle-day \"{text}\" must be a number of seconds from 1 to 86400.");
        return null;
    }

    private S3Dialect ReadDialect()
    {
        var text = _sources.One(Settings.Dialect) ?? S3Dialect.Aws.Name;
        if (S3Dialect.Find(text) is { } dialect) return dialect;
        _problems.Add($"--{Settings.Dialect.Name} \"{text}\" must be {S3Dialect.Aws.Name} or {S3Dialect.Ceph.Name}.");
        return S3Dialect.Aws;
    }

    private bool ReadSwitch(Setting setting)
    {
        var text = _sources.One(setting);
        if (text is null) return false;
        if (bool.TryParse(text, out var on)) return on;
        _problems.Add($"--{setting.Name} \"{text}\" must be true or false.");
        return false;
    }

    private ObjectOwnership ReadOwnership()
    {
        var text = _sources.One(Settings.DefaultObjectOwnership);
        if (text is null) return ObjectOwnership.BucketOwnerEnforced;
        if (OwnershipControls.TryParse(text, out var ownership)) return ownership;
        _problems.Add($"--{Settings.DefaultObjectOwnership.Name} \"{text}\" must be BucketOwnerEnforced, BucketOwnerPreferred or ObjectWriter.");
        return ObjectOwnership.BucketOwnerEnforced;
    }

    private PublicAccessBlock ReadPublicAccessBlock()
    {
        var text = _sources.One(Settings.DefaultPublicAccessBlock) ?? "on";
        if (text is not ("on" or "off")) _problems.Add($"--{Settings.DefaultPublicAccessBlock.Name} \"{text}\" must be on or off.");
        return text == "off" ? PublicAccessBlock.None : PublicAccessBlock.All;
    }

    private NotificationOptions ReadNotifications()
    {
        var (allowed, wrong) = EndpointList.Parse(_sources.Many(Settings.EventEndpoints) ?? []);
        if (wrong is not null) _problems.Add($"--event-endpoints \"{wrong}\" is not SCHEME://HOST[:PORT] with http, https, amqp or amqps, and not *.");
        var defaults = new NotificationOptions();
        return defaults with
        {
            AllowedEndpoints = allowed ?? EndpointList.None,
            Retention = TimeSpan.FromHours(ReadNumber(Settings.EventRetention, (long)defaults.Retention.TotalHours, 1, 24 * 366)),
            MaxBacklog = ReadNumber(Settings.EventBacklog, defaults.MaxBacklog, 1, 1_000_000_000),
        };
    }

    private long ReadNumber(Setting setting, long standard, long least, long most)
    {
        if (_sources.One(setting) is not { } text) return standard;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
        _problems.Add($"--{setting.Name} \"{text}\" must be a number from {least} to {most}.");
        return standard;
    }

    private LogLevel ReadLogLevel()
    {
        var text = _sources.One(Settings.LogLevel) ?? "information";
        if (Enum.TryParse<LogLevel>(text, ignoreCase: true, out var level) && Enum.IsDefined(level) && !char.IsAsciiDigit(text[0])) return level;
        _problems.Add($"--log-level \"{text}\" must be trace, debug, information, warning or error.");
        return LogLevel.Information;
    }
}
