using ObjectStore.Select.Syntax;
using ObjectStore.Select.Values;

namespace ObjectStore.Select.Evaluation;

/// <summary>A column of the result.</summary>
/// <param name="Name">Its alias, else the last name of its path, else _N.</param>
internal sealed record BoundProjection(string Name, Node Node);

/// <summary>A statement that is bound to the shape of the records.</summary>
/// <param name="Projections">Empty for *.</param>
/// <param name="Aggregates">Not empty: the result is one record.</param>
internal sealed record BoundStatement(BoundProjection[] Projections, Node? Where, AggregateNode[] Aggregates);

/// <summary>Finds what every name means, and makes nodes of expressions.</summary>
internal sealed class Binder
{
    private readonly SelectStatement _statement;
    private readonly IRecordShape _shape;
    private readonly Value _now;
    private readonly List<AggregateNode> _aggregates = [];
    private readonly Dictionary<int, (AliasNode Node, int Depth, bool UsesColumns, bool HasAggregates)> _aliases = [];
    private readonly HashSet<int> _open = [];
    private bool _inAggregate;
    private bool _allowsAggregates;
    private bool _usesColumns;
    private int _depth;
    private int _deepest;

    private Binder(SelectStatement statement, IRecordShape shape, DateTimeOffset now)
    {
        _statement = statement;
        _shape = shape;
        _now = Value.OfTimestamp(Timestamp.OfUtc(now));
    }

    /// <param name="now">What UTCNOW() is in the whole query.</param>
    /// <exception cref="SelectException">A name means nothing, or the statement mixes aggregates and columns.</exception>
    public static BoundStatement Bind(SelectStatement statement, IRecordShape shape, DateTimeOffset now) => new Binder(statement, shape, now).Bind();

    private BoundStatement Bind()
    {
        _allowsAggregates = true;
        var projections = new List<BoundProjection>();
        for (var index = 0; index < _statement.Projections.Count; index++)
            projections.Add(new BoundProjection(NameOf(_statement.Projections[index], index), BindProjection(index)));
        if (_aggregates.Count > 0 && _usesColumns)
            throw new SelectException(SelectErrorCode.UnsupportedSqlStructure, "The SELECT list mixes aggregates and columns.");

        _allowsAggregates = false;
        var where = _statement.Where is null ? null : Bind(_statement.Where);
        return new BoundStatement([.. projections], where, [.. _aggregates]);
    }

    private static string NameOf(Projection projection, int index)
    {
        if (projection.Alias is { } alias) return alias;
        if (projection.Expression is PathExpression { Steps: [.., { Name: { } name }] }) return name;
        return "_" + (index + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private Node Bind(Expression expression)
    {
        // Aliases make one tree of several.
        _deepest = Math.Max(_deepest, ++_depth);
        if (_depth > 2 * Expression.MaxDepth) throw new SelectException(SelectErrorCode.ParseUnsupportedSyntax, "The SQL expression is nested too deeply.");
        var node = expression switch
        {
            LiteralExpression literal => new ConstantNode(literal.Value),
            PathExpression path => BindPath(path),
            AggregateExpression aggregate => BindAggregate(aggregate),
            NegateExpression negate => new NegateNode(Bind(negate.Operand)),
            NotExpression not => new NotNode(Bind(not.Operand)),
            BinaryExpression binary => BindBinary(binary),
            LogicalExpression logical => new LogicalNode(logical.IsAnd, BindAll(logical.Operands)),
            BetweenExpression between => new BetweenNode(Bind(between.Operand), Bind(between.Low), Bind(between.High), between.IsNegated),
            InExpression within => new InNode(Bind(within.Operand), BindAll(within.Items), within.IsNegated),
            LikeExpression like => new LikeNode(Bind(like.Operand), BindPattern(like.Pattern), like.Escape is null ? null : Bind(like.Escape), like.IsNegated),
            IsExpression test => new IsNode(Bind(test.Operand), test.IsMissing, test.IsNegated),
            CaseExpression choice => BindCase(choice),
            CastExpression cast => new CastNode(cast.Type, Bind(cast.Operand)),
            TrimExpression trim => new TrimNode(trim.Side, trim.Characters is null ? null : Bind(trim.Characters), Bind(trim.Operand)),
            ExtractExpression extract => new ExtractNode(extract.Part, Bind(extract.Operand)),
            DateAddExpression add => new DateAddNode(add.Part, Bind(add.Amount), Bind(add.Operand)),
            DateDiffExpression difference => new DateDiffNode(difference.Part, Bind(difference.From), Bind(difference.To)),
            CallExpression call => BindCall(call),
            _ => throw new SelectException(SelectErrorCode.UnsupportedSyntax),
        };
        _depth--;
        return node;
    }

    // "_3" is a column, but more likely a pattern than its content.
    private Node BindPattern(Expression pattern) => pattern is PathExpression { Steps: [{ IsExact: true, Name: { } name }] } && !_shape.HasNames
        ? new ConstantNode(Value.OfText(name))
        : Bind(pattern);

    private Node[] BindAll(IReadOnlyList<Expression> expressions) => [.. expressions.Select(Bind)];

    private Node BindBinary(BinaryExpression binary)
    {
        var (left, right) = (Bind(binary.Left), Bind(binary.Right));
        return binary.Operator switch
        {
            BinaryOperator.Concatenate => new ConcatenateNode(left, right),
            < BinaryOperator.Concatenate => new ArithmeticNode(binary.Operator, left, right),
            _ => new CompareNode(binary.Operator, left, right),
        };
    }

    private CaseNode BindCase(CaseExpression choice)
    {
        var operand = choice.Operand is null ? null : new AliasNode(Bind(choice.Operand));
        var branches = choice.Branches
            .Select(branch => (operand is null ? Bind(branch.When) : new CompareNode(BinaryOperator.Equal, operand, Bind(branch.When)), Bind(branch.Then)));
        return new CaseNode([.. branches], choice.Else is null ? null : Bind(choice.Else));
    }

    private Node BindCall(CallExpression call)
    {
        var arguments = BindAll(call.Arguments);
        return call.Name switch
        {
            "CHAR_LENGTH" or "CHARACTER_LENGTH" => new LengthNode(arguments[0]),
            "LOWER" => new CaseChangeNode(false, arguments[0]),
            "UPPER" => new CaseChangeNode(true, arguments[0]),
            "SUBSTRING" => new SubstringNode(arguments[0], arguments[1], arguments.Length > 2 ? arguments[2] : null),
            "COALESCE" => new CoalesceNode(arguments),
            "NULLIF" => new NullIfNode(arguments[0], arguments[1]),
            "TO_TIMESTAMP" => new ToTimestampNode(arguments[0]),
            "TO_STRING" => new ToStringNode(arguments[0], arguments[1]),
            "UTCNOW" => new ConstantNode(_now),
            _ => throw new SelectException(SelectErrorCode.UnsupportedFunction),
        };
    }

    private AggregateNode BindAggregate(AggregateExpression aggregate)
    {
        if (_inAggregate || !_allowsAggregates) throw MisplacedAggregate();
        var usesColumns = _usesColumns;
        _inAggregate = true;
        var node = new AggregateNode(aggregate.Kind, aggregate.Operand is null ? null : Bind(aggregate.Operand));
        _inAggregate = false;
        _usesColumns = usesColumns;
        _aggregates.Add(node);
        return node;
    }

    private Node BindPath(PathExpression path)
    {
        var steps = path.Steps.ToArray().AsSpan();
        var first = steps[0];
        if (IsTable(first))
        {
            // alias.name, or the record itself by its alias.
            if (_shape.TryBind(steps[1..], out var qualified)) return Column(qualified);
            if (steps.Length > 1) throw Unknown(steps[^1]);
        }

        var alias = steps.Length == 1 ? FindAlias(first) : -1;
        if (_shape.TryBind(steps, out var slot)) return alias >= 0 && _shape.IsOpen && !_open.Contains(alias) ? new FallbackNode(Column(slot), BindProjection(alias)) : Column(slot);
        if (alias >= 0) return BindProjection(alias);
        if (steps.Length == 1 && first.IsExact && !_shape.HasNames) return new ConstantNode(Value.OfText(first.Name!));
        throw steps.Length == 1 ? Unknown(first) : new SelectException(SelectErrorCode.EvaluatorBindingDoesNotExist);
    }

    private SlotNode Column(int slot)
    {
        _usesColumns = true;
        return new SlotNode(slot);
    }

    private bool IsTable(PathStep step)
    {
        var name = _statement.Alias ?? "S3Object";
        return string.Equals(step.Name, name, step.IsExact ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase)
            || (!step.IsExact && "S3Object".Equals(step.Name, StringComparison.OrdinalIgnoreCase));
    }

    private int FindAlias(PathStep name)
    {
        for (var index = 0; index < _statement.Projections.Count; index++)
        {
            if (_statement.Projections[index].Alias is { } alias
                && alias.Equals(name.Name, name.IsExact ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase))
            {
                return index;
            }
        }

        return -1;
    }

    private AliasNode BindProjection(int index)
    {
        if (_aliases.TryGetValue(index, out var known))
        {
            if (known.HasAggregates && (_inAggregate || !_allowsAggregates)) throw MisplacedAggregate();
            if (_depth + known.Depth > 2 * Expression.MaxDepth) throw new SelectException(SelectErrorCode.ParseUnsupportedSyntax, "The SQL expression is nested too deeply.");
            _deepest = Math.Max(_deepest, _depth + known.Depth);
            _usesColumns |= known.UsesColumns;
            return known.Node;
        }

        if (!_open.Add(index))
            throw new SelectException(SelectErrorCode.UnsupportedSqlStructure, $"The alias {_statement.Projections[index].Alias} refers to itself.");
        var (outer, usesColumns, aggregates) = (_deepest, _usesColumns, _aggregates.Count);
        (_deepest, _usesColumns) = (_depth, false);
        var node = new AliasNode(Bind(_statement.Projections[index].Expression));
        _aliases[index] = (node, _deepest - _depth, _usesColumns, _aggregates.Count > aggregates);
        _deepest = Math.Max(outer, _deepest);
        _usesColumns |= usesColumns;
        _open.Remove(index);
        return node;
    }

    private static SelectException MisplacedAggregate() =>
        new(SelectErrorCode.UnsupportedSqlStructure, "An aggregate stands where none can: only the SELECT list has them, and not in each other.");

    private SelectException Unknown(PathStep step) => _shape.HasNames
        ? new SelectException(SelectErrorCode.MissingHeaders, $"The file has no column {step.Name}.")
        : new SelectException(SelectErrorCode.MissingHeaders, $"The columns of the file have no names, so none is {step.Name}.");
}
