//! Which titles are one's, and which are not.

use super::{ALIKE_CHARS_MIN, core, distance, parts, title_likeness};

/// Both are the same or alike, in either order, and have a part in common that would be looked for.
#[track_caller]
fn check(one: &str, other: &str, alike: bool) {
    assert_eq!(title_likeness(one, other).is_some(), alike, "{one} · {other}");
    assert_eq!(title_likeness(one, other), title_likeness(other, one), "in either order");
    let (one, other) = (core(one), core(other));
    if alike && one != other {
        let parts_of_one = parts(&one);
        assert!(parts(&other).iter().any(|part| parts_of_one.contains(part)), "{one} · {other}");
    }
}

#[test]
fn small_differences_make_no_other_title() {
    check("一种废旧铅蓄电池的低温回收方法", "废旧铅蓄电池低温回收方法", true);
    check("《废旧 铅蓄电池》低温回收方法。", "废旧铅蓄电池低温回收方法", true);
    check("廢舊鉛蓄電池的低溫回收方法", "废旧铅蓄电池低温回收方法", true);
    check("ＡＢＳ再生料改性工艺及其应用", "ABS再生料改性工艺与应用", true);
    check("一种竹材无裂纹展平装备及方法", "竹材无裂纹展平装备和方法", true);
    check("磷酸铁锂正极材料短流程再生修复技术", "磷酸铁锂正极材料短流程再生修复技木", true);
    check("面向动力电池回收企业的极片无损剥离技术", "面向动力电池回收企业极片无损剥离新技术", true);
    check(
        "基于深度学习的水下地形激光测绘成像方法研究",
        "基于深度学习水下地形激光测绘成象方法研究",
        true,
    );
    check("太湖流域蓝藻水华遥感监测预警关键技术", "太湖流域蓝藻水花遥感监测预警关键技术", true);
}

#[test]
fn what_differs_where_it_matters_is_another_title() {
    check("磷酸铁锂正极材料短流程再生修复技术", "磷酸铁锂负极材料短流程再生修复技术", false);
    check("退役动力电池梯次利用检测方法", "退役动力电池梯次利用检测装置", false);
    check("高强韧铝合金板材连续轧制工艺（Ⅰ）", "高强韧铝合金板材连续轧制工艺（Ⅱ）", false);
    check("第1号极片剥离与补锂修复一体化技术", "第2号极片剥离与补锂修复一体化技术", false);
    check("湖州市工业固废资源化利用一期工程技术", "湖州市工业固废资源化利用二期工程技术", false);
    check("PA66复合材料低翘曲注塑成型方法", "PA6复合材料低翘曲注塑成型方法", false);
    check("高温烟气余热回收与深度净化系统", "低温烟气余热回收与深度净化系统", false);
    check("竹材无裂纹展平装备", "竹材无裂痕展平装备", false);
    check("新材料", "新材", false);
    check("", "", false);
    check("磷酸铁锂极片再生技术", "水下地形激光测绘方法", false);
}

#[test]
fn a_distance_counts_letters() {
    let of = |one: &str, other: &str| {
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        distance(&letters(one), &letters(other))
    };
    assert_eq!((of("", "甲乙"), of("甲乙丙", "甲丙"), of("甲乙", "乙甲")), (2, 1, 2));
}

#[test]
fn parts_are_few_and_of_long_titles_only() {
    assert_eq!(parts(&"竹".repeat(ALIKE_CHARS_MIN - 1)), []);
    for length in ALIKE_CHARS_MIN..300 {
        let count = parts(&"竹".repeat(length)).len();
        assert!((2..=4).contains(&count), "{count} of {length}");
    }
}
